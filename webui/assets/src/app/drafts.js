// A form that has a draft button is saved by it two seconds after the last change.
import { within } from './refresh.js';

const PAUSE = 2000;
const timers = new WeakMap();

export function autosave(root) {
  within(root, 'form').forEach((form) => {
    const button = form.querySelector('[data-draft]');
    if (!button || form.dataset.autosave) return;
    form.dataset.autosave = 'on';
    form.addEventListener('input', () => later(form, button));
    form.addEventListener('submit', () => clearTimeout(timers.get(form)));
  });
}

function later(form, button) {
  clearTimeout(timers.get(form));
  timers.set(form, setTimeout(() => form.isConnected && button.dispatchEvent(new CustomEvent('autosave')), PAUSE));
}
