// The BPMN editor of the workshop.
import Modeler from 'bpmn-js/lib/Modeler';
import { BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, ZeebePropertiesProviderModule } from 'bpmn-js-properties-panel';
import { CloudElementTemplatesPropertiesProviderModule } from 'bpmn-js-element-templates';
import { CreateAppendAnythingModule, CreateAppendElementTemplatesModule } from 'bpmn-js-create-append-anything';
import TokenSimulation from 'bpmn-js-token-simulation';
import ZeebeBehaviors from 'camunda-bpmn-js-behaviors/lib/camunda-cloud';
import ColorPicker from 'bpmn-js-color-picker';
import Minimap from 'diagram-js-minimap';
import Grid from 'diagram-js-grid';
import { page } from '../shared/page.js';
import { told } from '../shared/http.js';
import { localise } from '../shared/localise.js';
import { catalogue, missed, translateModule, translator } from '../shared/translate.js';
import executedOnly from './executed.js';
import undrawn, { describing, unread } from './foreign.js';
import { Findings } from './findings.js';
import { drawnBadly } from './lint.js';
import { Offers } from '../shared/offers.js';
import panel from './panel.js';
import simulation from './simulation.js';
import { tabulate } from './table.js';
import variables from './variables.js';

import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import 'bpmn-js/dist/assets/bpmn-font/css/bpmn.css';
import '@bpmn-io/properties-panel/dist/assets/properties-panel.css';
import 'bpmn-js-element-templates/dist/assets/element-templates.css';
import 'bpmn-js-token-simulation/assets/css/bpmn-js-token-simulation.css';
import 'bpmn-js-color-picker/colors/color-picker.css';
import 'diagram-js-minimap/assets/diagram-js-minimap.css';
import './designer.css';

const PALETTE_WIDTH = 130; // CSS pixels that fit-viewport doesn't know of
const EDGE = 50;
const texts = await catalogue(() => import('../shared/zh.js'));
const tools = await catalogue(() => import('./zh-tools.js').then((words) => ({ default: words })));
if (texts) localise({ ...texts, ...tools.texts }, tools.patterns);
const translate = translator(texts ?? {});
const answer = await fetch(told('editor').contentUrl, { credentials: 'same-origin' });
const kept = await answer.text();
const offers = new Offers(told('editor').offersUrl);
await offers.refresh(kept);

const modeler = new Modeler({
  container: '#canvas',
  propertiesPanel: { parent: '#properties' },
  moddleExtensions: { zeebe: describing(kept) },
  elementTemplates: offers.current.templates,
  additionalModules: [
    { offers: ['value', offers] },
    BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, ZeebePropertiesProviderModule, ZeebeBehaviors,
    CloudElementTemplatesPropertiesProviderModule, CreateAppendAnythingModule, CreateAppendElementTemplatesModule,
    TokenSimulation, ColorPicker, Minimap, Grid, executedOnly, panel, simulation, undrawn, variables,
    ...(texts ? [translateModule(texts)] : []),
  ],
});
const findings = new Findings(modeler);
const select = (id, finding) => findings.select(id, finding);
const read = async () => (await modeler.saveXML({ format: true })).xml;
const { about, draft, arrive } = page({
  read,
  select,
  also: async (found) => findings.show([...found, ...(await drawnBadly(modeler.getDefinitions(), about.path, translate))], about.path),
});

await open(kept);
modeler.on('commandStack.changed', () => {
  draft.changed();
  offers.changed(read);
  later(describe);
});
buttons();
describe();
await draft.check(kept);
window.lianxi = { modeler, draft, missed, offers }; // for the browser tests
await arrive();
document.documentElement.dataset.ready = 'yes';

/** Show the diagram; one without a drawing gets one, which is kept with the first change. */
async function open(xml) {
  try {
    if (!/BPMNShape\b/.test(xml)) {
      const { layoutProcess } = await import('bpmn-auto-layout');
      xml = await layoutProcess(xml);
      notice(about.words.laidOut);
    }
    const lost = unread((await modeler.importXML(xml)).warnings);
    if (lost.length) notice(`${about.words.lost} ${lost.join('; ')}`);
  } catch (error) {
    notice(`${about.words.unreadable} ${error.message}`);
    return;
  }
  fit();
}

/** The whole diagram, to the right of the palette and never larger than drawn. */
function fit() {
  const canvas = modeler.get('canvas');
  canvas.resized();
  canvas.zoom('fit-viewport');
  const { inner } = canvas.viewbox();
  const { width, height } = canvas.getSize();
  const scale = Math.min(1, (width - PALETTE_WIDTH - EDGE) / inner.width, (height - 2 * EDGE) / inner.height);
  canvas.viewbox({ x: inner.x - PALETTE_WIDTH / scale, y: inner.y - EDGE / scale, width: width / scale, height: height / scale });
}

function notice(words) {
  const place = document.getElementById('editor-notice');
  place.textContent = words;
  place.hidden = false;
}

function buttons() {
  const stack = modeler.get('commandStack');
  const press = (id, act) => document.getElementById(id)?.addEventListener('click', act);
  press('editor-undo', () => stack.undo());
  press('editor-redo', () => stack.redo());
  press('editor-fit', fit);
  press('editor-find', () => modeler.get('searchPad').toggle());
  press('editor-simulate', () => modeler.get('toggleMode').toggleMode());
  const simulate = document.getElementById('editor-simulate');
  modeler.on('tokenSimulation.toggleMode', ({ active }) => simulate?.setAttribute('aria-pressed', active));
  const able = () => {
    document.getElementById('editor-undo').disabled = !stack.canUndo();
    document.getElementById('editor-redo').disabled = !stack.canRedo();
  };
  modeler.on('commandStack.changed', able);
  able();
}

function describe() {
  tabulate(modeler, document.getElementById('editor-elements'), select, (element) => translate(kind(element)));
}

/** A word such as "Message start event" that the catalogue has for menus. */
function kind(element) {
  const type = element.type.replace('bpmn:', '');
  const event = element.businessObject.eventDefinitions?.[0]?.$type.replace(/^bpmn:|EventDefinition$/g, '') ?? '';
  return `${event}${type}`.replace(/(\B[A-Z])/g, ' $1');
}

let waiting = 0;
function later(act) {
  clearTimeout(waiting);
  waiting = setTimeout(act, 300);
}
