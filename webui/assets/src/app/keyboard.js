// Single-key shortcuts. A key presses the visible control that carries it in data-key; without such a control it does nothing.
import { within } from './refresh.js';

const TYPING = 'textarea, select, [contenteditable], input:not([type=radio]):not([type=checkbox]):not([type=submit])';

document.addEventListener('keydown', (event) => {
  if (document.body.dataset.shortcuts !== 'on' || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest(TYPING) || document.querySelector('dialog[open]')) return;
  const done = /^[1-9]$/.test(event.key) ? pickOutcome(Number(event.key)) : press(event.key);
  if (done) event.preventDefault();
});

function press(key) {
  const control = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find((element) => element.getClientRects().length);
  if (!control) return false;
  if (control.matches('input')) control.focus();
  else control.click();
  return true;
}

/** The n-th answer of the field that decides the task: form[data-outcomes] holds that field's name. */
function pickOutcome(number) {
  const answers = outcomes(document);
  const answer = answers[number - 1];
  if (!answer) return false;
  answer.focus();
  answer.click();
  return true;
}

function outcomes(root) {
  const form = within(root, 'form[data-outcomes]')[0];
  if (!form) return [];
  return [...form.querySelectorAll(`input[type=radio][name="${CSS.escape(form.dataset.outcomes)}"]`)].filter((input) => input.value !== '');
}

export function numberOutcomes(root) {
  if (document.body.dataset.shortcuts !== 'on') return;
  outcomes(root).slice(0, 9).forEach((input, index) => {
    const label = input.labels?.[0];
    if (!label || label.querySelector('kbd')) return;
    const key = document.createElement('kbd');
    key.textContent = String(index + 1);
    key.setAttribute('aria-hidden', 'true');
    label.append(key);
  });
}
