// Rules of forms that a browser can't decide (they read more than one answer): after a change the server is asked
// which fields are shown. Without a script all are shown, and the server ignores the hidden ones.
import { within } from './refresh.js';

const asked = new WeakMap();

export function serverRules(root) {
  within(root, 'form[data-rules]').forEach(ask);
}

document.addEventListener('change', (event) => {
  if (event.target.form?.matches('[data-rules]')) ask(event.target.form);
});

async function ask(form) {
  const turn = (asked.get(form) ?? 0) + 1;
  asked.set(form, turn);
  const answers = new FormData(form);
  [...answers].forEach(([name, value]) => value instanceof File && answers.delete(name));
  try {
    const response = await fetch(form.dataset.rules, { method: 'POST', body: answers, credentials: 'same-origin' });
    const shown = await response.json();
    if (asked.get(form) === turn) Object.entries(shown).forEach(([id, visible]) => show(form, id, visible));
  } catch {
    // Everything stays shown; the server decides when the form is sent.
  }
}

function show(form, id, visible) {
  const control = form.querySelector(`#${CSS.escape(id)}, #${CSS.escape(`${id}-group`)}`);
  const block = control?.closest('.field');
  if (block) block.hidden = !visible;
}
