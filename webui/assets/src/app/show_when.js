// Conditional blocks of forms, as documented at the top of templates/forms/fields.html. The server decides again.
import { within } from './refresh.js';

export function showWhen(root) {
  within(root, '[data-show-when]').forEach(update);
}

['input', 'change'].forEach((kind) =>
  document.addEventListener(kind, (event) => {
    event.target.form?.querySelectorAll('[data-show-when]').forEach(update);
  }),
);

function update(block) {
  const form = block.closest('form');
  if (form) block.hidden = !holds(JSON.parse(block.dataset.showWhen), form);
}

function holds(rule, form) {
  const values = valuesOf(form, rule.key);
  if (rule.notIn) return !values.some((value) => rule.notIn.map(String).includes(value));
  return values.some((value) => rule.in.map(String).includes(value));
}

function valuesOf(form, name) {
  return [...form.elements]
    .filter((control) => control.name === name && control.type !== 'hidden')
    .filter((control) => (/^(radio|checkbox)$/.test(control.type) ? control.checked : control.value !== ''))
    .map((control) => control.value);
}
