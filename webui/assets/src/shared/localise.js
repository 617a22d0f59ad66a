// Words that an editor writes into the page without asking its translate module, put into the reader's language as they appear.
const ATTRIBUTES = ['title', 'aria-label', 'placeholder', 'alt'];
// What people wrote or read as it is: names, values, code, the drawing, and the mark of the editors' makers.
const AS_IT_IS = [
  'svg', 'code', 'script', 'style', '.cm-editor', '[contenteditable]', '.content-editable', '[class*="powered-by"]', '.bio-properties-panel-header-label',
  '.bio-properties-panel-collapsible-entry-header-title', 'select[name^="lianxi"]', '.input-label', '.output-label', '#editor-elements',
  '#editor-findings', '#tabs', '#preview', '.editor-bar', '.try-out', '.bjs-crumb', '.fjs-form-field-label', '.fjs-form-field-grouplabel',
].join(',');
const COUNT = [
  [/^List contains (\d+) items?$/, (_, count) => `共 ${count} 项`],
];

/** Watch the page. `texts`: English -> words; `patterns`: [RegExp, words(match, …groups)] for what has a part that changes. */
export function localise(texts, patterns = []) {
  const rules = [...COUNT, ...patterns];
  const say = (text) => texts[text] ?? rules.reduce((found, [form, words]) => found ?? (form.test(text) ? text.replace(form, words) : null), null);
  const watch = new MutationObserver((changes) => changes.forEach(seen));
  watch.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ATTRIBUTES });
  walk(document.body);

  function seen({ type, target, addedNodes, attributeName }) {
    if (type === 'childList') addedNodes.forEach(walk);
    else if (type === 'characterData') word(target);
    else attribute(target, attributeName);
  }

  function walk(node) {
    if (node.nodeType === Node.TEXT_NODE) word(node);
    if (node.nodeType !== Node.ELEMENT_NODE) return;
    const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    for (let each = walker.currentNode; each; each = walker.nextNode()) {
      if (each.nodeType === Node.TEXT_NODE) word(each);
      else ATTRIBUTES.filter((name) => each.hasAttribute(name)).forEach((name) => attribute(each, name));
    }
  }

  function word(node) {
    const text = node.data.trim();
    const said = text && node.parentElement && !node.parentElement.closest(AS_IT_IS) ? say(text) : null;
    if (said && said !== text) node.data = node.data.replace(text, () => said);
  }

  function attribute(element, name) {
    const text = element.getAttribute(name)?.trim();
    const said = text && !element.closest(AS_IT_IS) ? say(text) : null;
    if (said && said !== text) element.setAttribute(name, said);
  }
}
