// Files dropped on a form with data-drop are what its file field has chosen; they are sent by the form's own button.
document.addEventListener('dragover', (event) => {
  const form = event.target.closest?.('form[data-drop]');
  if (!form) return;
  event.preventDefault();
  form.classList.add('over');
});
document.addEventListener('dragleave', (event) => {
  const form = event.target.closest?.('form[data-drop]');
  if (form && !form.contains(event.relatedTarget)) form.classList.remove('over');
});
document.addEventListener('drop', (event) => {
  const form = event.target.closest?.('form[data-drop]');
  if (!form || !event.dataTransfer?.files.length) return;
  event.preventDefault();
  form.classList.remove('over');
  const field = form.querySelector('input[type="file"]');
  field.files = event.dataTransfer.files;
  field.dispatchEvent(new Event('change', { bubbles: true }));
  form.querySelector('button:not([type="button"])').focus();
});
