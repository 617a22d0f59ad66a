// Repeatable lists of forms, as documented at the top of templates/forms/fields.html.
import { refresh, within } from './refresh.js';

export function showRowButtons(root) {
  within(root, 'button[data-add-row], button[data-remove-row]').forEach((button) => {
    button.hidden = false;
    button.classList.add('button', 'secondary', 'small');
  });
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-add-row], button[data-remove-row]');
  if (!button) return;
  const form = button.form;
  if (button.matches('[data-add-row]')) addRow(button.closest('[data-rows]'));
  else removeRow(button.closest('[data-row]'));
  form?.dispatchEvent(new Event('input', { bubbles: true })); // a draft is due, and other blocks may show now
});

function addRow(list) {
  const template = list.querySelector(':scope > template[data-row-template]');
  const holder = document.createElement('template');
  holder.innerHTML = template.innerHTML.replaceAll(list.dataset.rowToken, list.dataset.nextRow);
  const row = holder.content.querySelector('[data-row]');
  template.before(holder.content);
  list.dataset.nextRow = String(Number(list.dataset.nextRow) + 1);
  refresh(row);
  row.querySelector('input:not([type=hidden]), select, textarea')?.focus();
}

function removeRow(row) {
  const list = row.closest('[data-rows]');
  row.remove();
  list.focus();
}
