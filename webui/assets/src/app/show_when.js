// Conditional fields of server-rendered forms; the server decides again when the form is sent.
import { within } from './refresh.js';

export function showWhen(root) {
  within(root, '[data-show-when]').forEach(update);
}

document.addEventListener('change', (event) => {
  const form = event.target.form;
  if (form) form.querySelectorAll('[data-show-when]').forEach(update);
});

function update(box) {
  const form = box.closest('form');
  if (!form) return;
  box.hidden = !holds(JSON.parse(box.dataset.showWhen), form);
}

function holds(rule, form) {
  return rule.in.map(String).includes(valueOf(form, rule.key));
}

function valueOf(form, name) {
  const field = form.elements[name];
  if (!field) return '';
  if (field.type === 'checkbox') return String(field.checked);
  return field.value ?? '';
}
