// What is typed into a panel: taken over after a pause, and at once when the person goes on to something else.
const PAUSE = 300; // ms, the panels' own
const waiting = new Set();
let pressed = false;

/** A function that is called a pause after its last call, and never later than the next click. */
export function held(act) {
  let timer = 0;
  let given = [];
  const cancel = () => {
    clearTimeout(timer);
    waiting.delete(flush);
  };
  const flush = () => {
    if (!waiting.has(flush)) return;
    cancel();
    act(...given);
  };
  const later = (...args) => {
    given = args;
    clearTimeout(timer);
    waiting.add(flush);
    timer = setTimeout(later.flush, PAUSE);
  };
  return Object.assign(later, { cancel, flush: () => pressed || flush() });
}

function takeOver() {
  for (const flush of [...waiting]) flush();
}

// Not while a button is pressed: what changes then is drawn anew, and the click would find another button in its place.
document.addEventListener('pointerdown', () => (pressed = true), true);
for (const end of ['pointerup', 'pointercancel']) document.addEventListener(end, () => setTimeout(() => (pressed = false) || takeOver()), true);
document.addEventListener('click', takeOver, true);
document.addEventListener('focusout', () => pressed || takeOver(), true);
document.addEventListener('keydown', ({ key, ctrlKey, metaKey }) => key === 's' && (ctrlKey || metaKey) && takeOver(), true); // to be saved with the rest
