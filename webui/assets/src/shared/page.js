// The frame around an editor: its status line, the list of findings, and what the server told of the file.
import { Draft } from './draft.js';
import { told } from './http.js';

/** Wire an editor: read() gives its text, select(element) shows an element a finding is about. */
export function page({ read, select }) {
  const about = told('editor');
  const status = document.getElementById('editor-status');
  const draft = new Draft({
    ...about,
    read,
    status(words, kind) {
      status.textContent = words;
      status.dataset.kind = kind;
    },
    findings: (found) => list(found, about, select),
  });
  document.getElementById('editor-save')?.addEventListener('click', () => draft.save());
  return { about, draft };
}

function list(found, about, select) {
  const place = document.getElementById('editor-findings');
  const mine = found.filter((finding) => finding.path === about.path);
  const others = found.filter((finding) => finding.path !== about.path);
  place.replaceChildren(...mine.map((finding) => entry(finding, select)), ...others.map((finding) => entry(finding, null)));
  const errors = found.filter((finding) => finding.severity === 'error').length;
  document.getElementById('editor-count').textContent = about.words.findings
    .replace('{errors}', errors)
    .replace('{warnings}', found.length - errors);
}

function entry(finding, select) {
  const item = document.createElement('li');
  item.className = `finding ${finding.severity}`;
  const place = finding.element ?? finding.path;
  if (select && finding.element) {
    const button = Object.assign(document.createElement('button'), { type: 'button', textContent: place });
    button.addEventListener('click', () => select(finding.element));
    item.append(button);
  } else {
    item.append(Object.assign(document.createElement('span'), { className: 'reference', textContent: place }));
  }
  item.append(` ${finding.message}`);
  return item;
}
