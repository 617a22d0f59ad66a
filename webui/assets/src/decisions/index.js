// The DMN editor of the workshop: requirements, tables and expressions.
import DmnModeler from 'dmn-js/lib/Modeler';
import { DmnPropertiesPanelModule, DmnPropertiesProviderModule } from 'dmn-js-properties-panel';
import { told } from '../shared/http.js';
import { localise } from '../shared/localise.js';
import { Offers } from '../shared/offers.js';
import { page } from '../shared/page.js';
import { catalogue, missed, translateModule, translator } from '../shared/translate.js';
import { tabulate } from './table.js';
import { TryOut } from './try.js';
import { variables } from './variables.js';

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

const texts = await catalogue(() => import('./zh.js'));
if (texts) localise(texts);
const translated = texts ? [translateModule(texts)] : [];
const translate = translator(texts ?? {});
const offers = new Offers(told('editor').offersUrl);
const completed = [...translated, variables(offers, decisionOf, translate)];
const modeler = new DmnModeler({
  container: '#canvas',
  drd: {
    propertiesPanel: { parent: '#properties' },
    additionalModules: [DmnPropertiesPanelModule, DmnPropertiesProviderModule, ...translated],
  },
  decisionTable: { additionalModules: completed },
  literalExpression: { additionalModules: completed },
  boxedExpression: { additionalModules: translated },
});

const { about, draft, arrive } = page({
  read: async () => (await modeler.saveXML({ format: true })).xml,
  select: (id) => open(id),
});
const panel = document.getElementById('try-out');
const trial = new TryOut({
  root: panel,
  url: panel.dataset.url,
  read: async () => (await modeler.saveXML({ format: true })).xml,
  shown: () => decisionOf(modeler.getActiveView()?.element)?.id,
});

const watched = new WeakSet();

/** Open the view that has the element with this id, and mark the rule, cell or shape. */
async function open(id) {
  const found = modeler._moddle.ids.assigned(id); // every part of the file that has an id is there
  const owner = decisionOf(found);
  const view = modeler.getViews().find((each) => each.element === owner && each.type !== 'drd');
  if (view && modeler.getActiveView() !== view) await modeler.open(view);
  document.querySelectorAll('#canvas .rule-found').forEach((cell) => cell.classList.remove('rule-found'));
  const cells = document.querySelectorAll(`#canvas [data-row-id="${CSS.escape(id)}"], #canvas [data-element-id="${CSS.escape(id)}"]`);
  cells.forEach((cell) => cell.classList.add('rule-found'));
  cells[0]?.scrollIntoView({ block: 'nearest' });
}

function decisionOf(element) {
  while (element && !['dmn:Decision', 'dmn:BusinessKnowledgeModel'].includes(element.$type)) element = element.$parent;
  return element;
}

function changed() {
  draft.changed();
  trial.changed();
  describe();
}

function describe() {
  tabulate(modeler.getDefinitions(), document.getElementById('editor-elements'), open, translate);
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
    // Opening a view clears its stack and has it drawn, which is no change; every editing command changes elements.
    let drawn = false;
    viewer.on('import.render.complete', () => {
      drawn = true;
      queueMicrotask(() => (drawn = false));
    });
    viewer.on('elements.changed', () => drawn || changed());
    viewer.on('commandStack.changed', ({ trigger } = {}) => trigger !== 'clear' && changed());
  }
  trial.draw();
});

const answer = await fetch(about.contentUrl, { credentials: 'same-origin' });
const xml = await answer.text();
await offers.refresh(xml);
await modeler.importXML(xml);
describe();
await draft.check(xml);
window.lianxi = { modeler, draft, missed }; // for the browser tests
await arrive();
document.documentElement.dataset.ready = 'yes';
