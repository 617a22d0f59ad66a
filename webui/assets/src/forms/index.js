// The form editor of the workshop; what staff will see is drawn by the server beside it.
import { FormEditor } from '@bpmn-io/form-js-editor';
import { page } from '../shared/page.js';
import { missed } from '../shared/translate.js';

import '@bpmn-io/form-js/dist/assets/form-js.css'; // of the editor's own version: another one's inputs have no borders
import '@bpmn-io/form-js-editor/dist/assets/form-js-editor.css';
import './forms.css';

const editor = new FormEditor({ container: '#canvas', renderer: { compact: true } });
const { about, draft } = page({
  read: () => `${JSON.stringify(editor.saveSchema(), null, 2)}\n`,
  select: (id) => editor.get('selection').set(editor.get('formFieldRegistry').get(id)),
});

const answer = await fetch(about.contentUrl, { credentials: 'same-origin' });
const text = await answer.text();
await editor.importSchema(JSON.parse(text));
editor.on('changed', () => draft.changed());
await draft.check(text);
window.lianxi = { editor, draft, missed }; // for the browser tests
document.documentElement.dataset.ready = 'yes';
