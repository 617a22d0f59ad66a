// The form editor of the workshop; what staff will see is drawn by the server beside it.
import { FormEditor } from '@bpmn-io/form-js-editor';
import { localise } from '../shared/localise.js';
import { told } from '../shared/http.js';
import { page } from '../shared/page.js';
import { Offers } from '../shared/offers.js';
import { catalogue, translator } from '../shared/translate.js';
import { Preview } from './preview.js';
import './focus.js';
import keys from './keys.js';
import properties from './properties.js';
import { variables } from './variables.js';

import '@bpmn-io/form-js/dist/assets/form-js.css'; // of the editor's own version: another one's inputs have no borders
import '@bpmn-io/form-js-editor/dist/assets/form-js-editor.css';
import './forms.css';

const words = await catalogue(() => import('./zh.js').then((all) => ({ default: all })));
if (words) localise(words.texts, words.patterns);
const offers = new Offers(told('editor').offersUrl);
const completed = variables(offers, translator(words?.texts ?? {}));
const editor = new FormEditor({ container: '#canvas', renderer: { compact: true }, additionalModules: [keys, properties, completed] });
const { about, draft, arrive } = page({
  read: text,
  select,
});
const preview = new Preview({ form: document.getElementById('preview-form'), read: text, select });

function text() {
  return `${JSON.stringify(editor.saveSchema(), null, 2)}\n`;
}

function select(id) {
  const field = editor.get('formFieldRegistry').get(id);
  if (field) editor.get('selection').set(field);
}

const answer = await fetch(about.contentUrl, { credentials: 'same-origin' });
const kept = await answer.text();
await offers.refresh(kept);
await editor.importSchema(JSON.parse(kept));
editor.on('changed', () => {
  draft.changed();
  preview.changed();
});
await draft.check(kept);
await preview.draw();
window.lianxi = { editor, draft }; // for the browser tests
await arrive();
document.documentElement.dataset.ready = 'yes';
