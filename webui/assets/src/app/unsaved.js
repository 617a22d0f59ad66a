// Leaving a page with answers that are saved nowhere asks first.
let changed = null;

document.addEventListener('input', (event) => {
  if (event.target.closest('form[data-guard]')) changed = event.target.closest('form');
});
document.addEventListener('submit', () => { changed = null; }, true);

window.addEventListener('beforeunload', (event) => {
  if (changed?.isConnected) event.preventDefault();
});

export function saved(form) {
  if (!form || form === changed) changed = null;
}
