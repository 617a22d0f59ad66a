// The BPMN editor of the workshop.
import Modeler from 'bpmn-js/lib/Modeler';
import { BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, ZeebePropertiesProviderModule } from 'bpmn-js-properties-panel';
import { CreateAppendAnythingModule } from 'bpmn-js-create-append-anything';
import LintModule from 'bpmn-js-bpmnlint';
import TokenSimulation from 'bpmn-js-token-simulation';
import ZeebeBehaviors from 'camunda-bpmn-js-behaviors/lib/camunda-cloud';
import ColorPicker from 'bpmn-js-color-picker';
import Minimap from 'diagram-js-minimap';
import Grid from 'diagram-js-grid';
import zeebe from 'zeebe-bpmn-moddle/resources/zeebe.json';
import { page } from '../shared/page.js';
import { told } from '../shared/http.js';
import { missed, translateModule } from '../shared/translate.js';
import linting from './lint.js';

import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import 'bpmn-js/dist/assets/bpmn-font/css/bpmn.css';
import '@bpmn-io/properties-panel/dist/assets/properties-panel.css';
import 'bpmn-js-bpmnlint/dist/assets/css/bpmn-js-bpmnlint.css';
import 'bpmn-js-token-simulation/assets/css/bpmn-js-token-simulation.css';
import 'bpmn-js-color-picker/colors/color-picker.css';
import 'diagram-js-minimap/assets/diagram-js-minimap.css';
import './designer.css';

const texts = told('editor-texts');
const modeler = new Modeler({
  container: '#canvas',
  propertiesPanel: { parent: '#properties' },
  linting: { bpmnlint: linting, active: true },
  moddleExtensions: { zeebe },
  additionalModules: [
    BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, ZeebePropertiesProviderModule, ZeebeBehaviors,
    CreateAppendAnythingModule, LintModule, TokenSimulation, ColorPicker, Minimap, Grid,
    ...(texts ? [translateModule(texts)] : []),
  ],
});

const { about, draft } = page({
  read: async () => (await modeler.saveXML({ format: true })).xml,
  select(id) {
    const element = modeler.get('elementRegistry').get(id);
    if (!element) return;
    modeler.get('selection').select(element);
    modeler.get('canvas').scrollToElement(element);
  },
});

const answer = await fetch(about.contentUrl, { credentials: 'same-origin' });
const xml = await answer.text();
await modeler.importXML(xml);
modeler.get('canvas').zoom('fit-viewport', 'auto');
modeler.on('commandStack.changed', () => draft.changed());
await draft.check(xml);
window.lianxi = { modeler, draft, missed }; // for the browser tests
document.documentElement.dataset.ready = 'yes';
