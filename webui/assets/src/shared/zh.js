// What the BPMN editor says, in Chinese: the published catalogue, and what it lacks.
import published from 'bpmn-js-i18n/translations/zn.js';
import panel from './zh-panel.js';
import { elements } from './zh-elements.js';

export default { ...published, ...elements(), ...panel };
