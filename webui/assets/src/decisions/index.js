// The DMN editor of the workshop: requirements, tables and expressions.
import DmnModeler from 'dmn-js/lib/Modeler';
import { DmnPropertiesPanelModule, DmnPropertiesProviderModule } from 'dmn-js-properties-panel';
import { page } from '../shared/page.js';
import { told } from '../shared/http.js';
import { missed, translateModule } from '../shared/translate.js';

import 'dmn-js/dist/assets/diagram-js.css';
import 'dmn-js/dist/assets/dmn-js-shared.css';
import 'dmn-js/dist/assets/dmn-js-drd.css';
import 'dmn-js/dist/assets/dmn-js-decision-table.css';
import 'dmn-js/dist/assets/dmn-js-decision-table-controls.css';
import 'dmn-js/dist/assets/dmn-js-literal-expression.css';
import 'dmn-js/dist/assets/dmn-js-boxed-expression.css';
import 'dmn-js/dist/assets/dmn-js-boxed-expression-controls.css';
import 'dmn-js/dist/assets/dmn-font/css/dmn.css';
import '@bpmn-io/properties-panel/dist/assets/properties-panel.css';
import './decisions.css';

const texts = told('editor-texts');
const translated = texts ? [translateModule(texts)] : [];
const modeler = new DmnModeler({
  container: '#canvas',
  drd: {
    propertiesPanel: { parent: '#properties' },
    additionalModules: [DmnPropertiesPanelModule, DmnPropertiesProviderModule, ...translated],
  },
  decisionTable: { additionalModules: translated },
  literalExpression: { additionalModules: translated },
  boxedExpression: { additionalModules: translated },
});

const { about, draft } = page({
  read: async () => (await modeler.saveXML({ format: true })).xml,
  select: (id) => open(id),
});

const watched = new WeakSet();

function open(id) {
  const view = modeler.getViews().find((each) => each.element.id === id);
  if (view) modeler.open(view);
}

function showTabs() {
  const active = modeler.getActiveView();
  document.getElementById('tabs').replaceChildren(
    ...modeler.getViews().map((view) => {
      const tab = Object.assign(document.createElement('button'), { type: 'button' });
      tab.textContent = view.type === 'drd' ? about.words.drd : view.name || view.element.id;
      tab.setAttribute('aria-pressed', String(view.element === active?.element && view.type === active?.type));
      tab.addEventListener('click', () => modeler.open(view));
      return tab;
    }),
  );
}

modeler.on('views.changed', () => {
  showTabs();
  const viewer = modeler.getActiveViewer();
  if (viewer && !watched.has(viewer)) {
    watched.add(viewer);
    viewer.on('elements.changed', () => draft.changed());
    viewer.on('commandStack.changed', () => draft.changed());
  }
});

const answer = await fetch(about.contentUrl, { credentials: 'same-origin' });
const xml = await answer.text();
await modeler.importXML(xml);
await draft.check(xml);
window.lianxi = { modeler, draft, missed }; // for the browser tests
document.documentElement.dataset.ready = 'yes';
