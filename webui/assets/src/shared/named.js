// Names and levels that the published editors leave out, given as they appear, for those who hear the page.
const LEFT_OUT = {
  '.djs-popup-title:not([aria-level])': (title) => title.setAttribute('aria-level', '2'), // an h3 right below the page's h1
  '.bio-properties-panel-feel-popup .cm-content:not([aria-label])': (field) =>
    field.setAttribute('aria-label', field.closest('.bio-properties-panel-feel-popup').querySelector('.bio-properties-panel-popup__title')?.textContent ?? 'FEEL'),
  'th.index-column:empty': (head) => (head.textContent = '#'), // above the numbers of a table's rules
};
const ANY = Object.keys(LEFT_OUT).join(',');

export function nameWhatAppears() {
  const name = () => {
    if (!document.querySelector(ANY)) return;
    for (const [selector, give] of Object.entries(LEFT_OUT)) document.querySelectorAll(selector).forEach(give);
  };
  new MutationObserver(name).observe(document.body, { subtree: true, childList: true });
  name();
}
