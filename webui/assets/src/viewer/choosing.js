// Pressing an element chooses it in a select of the page, which is there for keyboards too; what is chosen is marked.
export function choosing(viewer, container) {
  const select = document.getElementById(container.dataset.chooses);
  const canvas = viewer.get('canvas');
  const registry = viewer.get('elementRegistry');
  const prefix = `${container.dataset.process} `;
  const elements = [...select.options]
    .filter((option) => option.value.startsWith(prefix))
    .map((option) => option.value.slice(prefix.length))
    .filter((id) => registry.get(id));
  let marked = null;

  elements.forEach((id) => canvas.addMarker(id, 'choosable'));
  viewer.on('element.click', ({ element }) => {
    const { id } = element.labelTarget ?? element;
    if (!elements.includes(id)) return;
    select.value = prefix + id;
    select.dispatchEvent(new Event('change', { bubbles: true }));
    select.closest('.field').scrollIntoView({ block: 'nearest' });
  });
  select.addEventListener('change', show);
  show();

  function show() {
    if (marked) canvas.removeMarker(marked, 'chosen');
    const id = select.value.startsWith(prefix) ? select.value.slice(prefix.length) : null;
    marked = elements.includes(id) ? id : null;
    if (marked) canvas.addMarker(marked, 'chosen');
  }
}
