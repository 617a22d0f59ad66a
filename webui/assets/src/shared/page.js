// The frame around an editor: its status line, the list of findings, and what the server told of the file.
import { Draft } from './draft.js';
import { told } from './http.js';
import { nameWhatAppears } from './named.js';

/**
 * Wire an editor: read() gives its text, select(finding) shows the element a finding is about, and also(findings, text),
 * where given, answers the findings to list: it may add some of its own and mark them where they are. arrive() is
 * called when all is drawn: it shows the element that the address names behind its #.
 */
export function page({ read, select, also = (found) => found }) {
  nameWhatAppears();
  const about = told('editor');
  const status = document.getElementById('editor-status');
  const conflict = document.getElementById('editor-conflict');
  const draft = new Draft({
    ...about,
    read,
    status(words, kind) {
      status.textContent = words;
      status.dataset.kind = kind;
      if (conflict && kind !== 'unsaved') conflict.hidden = kind !== 'conflict';
    },
    findings: async (found, text) => list(await also(found, text), about, select),
  });
  document.getElementById('editor-save')?.addEventListener('click', () => draft.save());
  document.getElementById('editor-insist')?.addEventListener('click', () => draft.insist());
  document.getElementById('editor-reload')?.addEventListener('click', () => {
    draft.dirty = false;
    window.location.reload();
  });
  // On a phone nobody draws: what is drawn is read in the table.
  if (window.matchMedia('(width < 700px)').matches) document.querySelectorAll('details.editor-table').forEach((table) => (table.open = true));
  return { about, draft, arrive: () => asked() && select(asked()) };
}

/** The id behind the address's #. */
function asked() {
  try {
    return decodeURIComponent(window.location.hash.slice(1));
  } catch {
    return '';
  }
}

function list(found, about, select) {
  const place = document.getElementById('editor-findings');
  const mine = found.filter((finding) => finding.path === about.path);
  const others = found.filter((finding) => finding.path !== about.path);
  place.replaceChildren(...mine.map((finding) => entry(finding, select)), ...others.map((finding) => entry(finding)));
  const count = (severity) => found.filter((finding) => finding.severity === severity).length;
  const said = Object.entries(about.words.counts)
    .map(([severity, [one, many]]) => [severity, count(severity), one, many])
    .filter(([severity, number]) => number || severity !== 'style')
    .map(([, number, one, many]) => (number === 1 ? one : many).replace('{count}', number));
  document.getElementById('editor-count').textContent = said.join(about.words.comma);
}

function entry(finding, select) {
  const item = document.createElement('li');
  item.className = `finding ${finding.severity}`;
  item.dataset.code = finding.code;
  const place = finding.name ?? finding.element ?? finding.path;
  if (!select) {
    item.append(Object.assign(document.createElement('a'), { className: 'reference', textContent: finding.path, href: elsewhere(finding) }));
  } else if (finding.element) {
    const button = Object.assign(document.createElement('button'), { type: 'button', textContent: place });
    button.dataset.element = finding.element;
    button.addEventListener('click', () => select(finding.element, finding));
    item.append(button);
  } else {
    item.append(Object.assign(document.createElement('span'), { className: 'reference', textContent: place }));
  }
  item.append(` ${finding.message}`);
  return item;
}

/** The editor of another file of the pack, at the element. */
function elsewhere({ path, element }) {
  const files = window.location.pathname.split('/files/')[0];
  return `${files}/files/${path.split('/').map(encodeURIComponent).join('/')}#${encodeURIComponent(element ?? '')}`;
}
