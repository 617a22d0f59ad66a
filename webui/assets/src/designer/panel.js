// The properties panel: the published fields less what the engine doesn't read, lists the server feeds, and our own group.
import { FeelEntry, Group, SelectEntry, TextFieldEntry, isFeelEntryEdited, isSelectEntryEdited, isTextFieldEntryEdited } from '@bpmn-io/properties-panel';
import { useService } from 'bpmn-js-properties-panel';
import { getBusinessObject, is } from 'bpmn-js/lib/util/ModelUtil';
import { held } from '../shared/held.js';
import { extension } from './table.js';
import { property, write, writeProperty } from './writing.js';

const LATE = 100; // after the published providers
// Group or field of the panel -> the zeebe element it writes; not shown where the engine doesn't read that.
const NEEDS = {
  Zeebe__ExecutionListeners: 'executionListeners',
  Zeebe__TaskListeners: 'taskListeners',
  userTaskImplementation: 'jobWorkerUserTask',
  adHocSubProcessImplementation: 'adHocJobWorker',
  variableNames: 'conditionalFilter',
  variableEvents: 'conditionalFilter',
  adHocOutputCollection: 'adHocOutput',
  adHocOutputElement: 'adHocOutput',
  jobPriorityDefinitionPriority: 'jobPriorityDefinition',
};
// Fields with a list of our own below or instead.
const LISTS = {
  assignmentDefinitionCandidateGroups: [AddGroup, 'lianxiGroup'],
  decisionId: [Decision, 'lianxiDecision'],
  targetProcessId: [Process, 'lianxiProcess'],
  taskDefinitionType: [JobType, 'lianxiJobType'],
  messageName: [codes('message', 'name', 'bpmn:Message', 'messageRef', 'Names used in this pack'), 'lianxiMessage'],
  signalName: [codes('signal', 'name', 'bpmn:Signal', 'signalRef', 'Names used in this pack'), 'lianxiSignal'],
  errorCode: [codes('error', 'errorCode', 'bpmn:Error', 'errorRef', 'Codes used in this pack'), 'lianxiError'],
  escalationCode: [codes('escalation', 'escalationCode', 'bpmn:Escalation', 'escalationRef', 'Codes used in this pack'), 'lianxiEscalation'],
};
const BINDINGS = { calledDecision: 'zeebe:CalledDecision', form: 'zeebe:FormDefinition' }; // groups where a version tag can't be meant

class LianxiPropertiesProvider {
  constructor(propertiesPanel, injector, offers) {
    Object.assign(this, { injector, offers });
    propertiesPanel.registerProvider(LATE, this);
  }

  getGroups(element) {
    return (groups) => {
      const translate = this.injector.get('translate');
      const read = (id) => !NEEDS[id] || this.offers.current.extensions.includes(NEEDS[id]);
      const kept = groups
        .filter((group) => read(group.id) && group.id !== 'form')
        .map((group) => (group.entries ? { ...group, entries: this.entries(group, element).filter((entry) => read(entry.id)) } : group))
        .filter((group) => !group.entries || group.entries.length);
      const own = [formGroup(element, translate), lianxiGroup(element, translate)].filter(Boolean);
      const place = kept.findIndex((group) => group.id === 'assignmentDefinition') + 1 || kept.findIndex((group) => group.id === 'documentation') + 1;
      kept.splice(place, 0, ...own);
      return kept;
    };
  }

  entries(group, element) {
    return group.entries.flatMap((entry) => {
      if (group.id === 'calledDecision' && entry.id === 'versionTag') return [];
      if (entry.id === 'bindingType' && BINDINGS[group.id]) return [{ ...entry, component: binding(BINDINGS[group.id]) }];
      const [component, id] = LISTS[entry.id] ?? [];
      if (!component) return [entry];
      return [entry, { id, element, component, isEdited: isSelectEntryEdited }];
    });
  }
}
LianxiPropertiesProvider.$inject = ['propertiesPanel', 'injector', 'offers'];

function formGroup(element, translate) {
  if (!is(element, 'bpmn:UserTask') && !startsProcess(element)) return null;
  const chosen = extension(getBusinessObject(element), 'zeebe:FormDefinition');
  const entries = [{ id: 'lianxiForm', element, component: Form, isEdited: isSelectEntryEdited }];
  if (chosen && is(element, 'bpmn:UserTask')) {
    entries.push({ id: 'lianxiFormBinding', element, component: binding('zeebe:FormDefinition'), isEdited: isSelectEntryEdited });
  }
  return { id: 'form', label: translate('Form'), component: Group, entries };
}

function lianxiGroup(element, translate) {
  if (!is(element, 'bpmn:UserTask')) return null;
  const entries = [
    { id: 'lianxiOutcomes', element, component: Outcomes, isEdited: isTextFieldEntryEdited },
    { id: 'lianxiLegalBasis', element, component: LegalBasis, isEdited: isTextFieldEntryEdited },
    { id: 'lianxiExcludedUsers', element, component: ExcludedUsers, isEdited: isFeelEntryEdited },
  ];
  return { id: 'lianxi', label: translate('In the inbox'), component: Group, entries };
}

function startsProcess(element) {
  const object = getBusinessObject(element);
  return is(element, 'bpmn:StartEvent') && is(object.$parent, 'bpmn:Process') && !object.get('eventDefinitions').length;
}

/** A list with the value that is set, even where the server doesn't know it. */
function options(translate, offered, value, none) {
  const known = offered.map(({ key, name, here }) => ({
    value: key,
    label: `${name === key ? key : `${name} (${key})`}${here === false ? ` – ${translate('of another pack')}` : ''}`,
  }));
  const unknown = value && !offered.some(({ key }) => key === value) ? [{ value, label: value }] : [];
  return [{ value: '', label: none }, ...unknown, ...known];
}

function choice(props, { label, offered, none = 'Choose …', description, value, set }) {
  const translate = useService('translate');
  const current = value();
  return SelectEntry({
    element: props.element,
    id: props.id,
    label: translate(label),
    description: description && translate(description),
    getValue: () => current,
    setValue: set,
    getOptions: () => options(translate, offered, current, translate(none)),
  });
}

function Form(props) {
  const [offers, injector] = [useService('offers'), useService('injector')];
  const { element } = props;
  return choice(props, {
    label: 'Form',
    none: 'No form',
    offered: offers.current.forms,
    value: () => extension(getBusinessObject(element), 'zeebe:FormDefinition')?.get('formId') ?? '',
    set: (formId) => write(injector, element, 'zeebe:FormDefinition', formId ? { formId } : null),
  });
}

function AddGroup(props) {
  const [offers, injector] = [useService('offers'), useService('injector')];
  const { element } = props;
  const groups = () => extension(getBusinessObject(element), 'zeebe:AssignmentDefinition')?.get('candidateGroups') ?? '';
  if (groups().startsWith('=')) return null; // an expression decides
  const chosen = groups().split(',').map((each) => each.trim()).filter(Boolean);
  return choice(props, {
    label: 'Add a group',
    offered: offers.current.groups.filter(({ key }) => !chosen.includes(key)),
    value: () => '',
    set: (key) => key && write(injector, element, 'zeebe:AssignmentDefinition', { candidateGroups: [...chosen, key].join(',') }),
  });
}

function Decision(props) {
  return referred(props, 'Decisions', useService('offers').current.decisions, 'zeebe:CalledDecision', 'decisionId');
}

function Process(props) {
  return referred(props, 'Processes', useService('offers').current.processes, 'zeebe:CalledElement', 'processId');
}

function JobType(props) {
  const types = useService('offers').current.jobTypes;
  const current = extension(getBusinessObject(props.element), 'zeebe:TaskDefinition')?.get('type');
  const described = types.find(({ type }) => type === current);
  const needed = described?.inputs.map(({ name, label }) => `${name}: ${label}`).join('; ');
  return referred(props, 'Job types', types.map(({ type, name }) => ({ key: type, name })), 'zeebe:TaskDefinition', 'type', [described?.purpose, needed].filter(Boolean).join(' '));
}

function referred(props, label, offered, type, attribute, description) {
  const injector = useService('injector');
  const written = extension(getBusinessObject(props.element), type)?.get(attribute) ?? '';
  return choice(props, {
    label,
    offered,
    description,
    value: () => (offered.some(({ key }) => key === written) ? written : ''),
    set: (key) => key && write(injector, props.element, type, { [attribute]: key }),
  });
}

/** Names and codes of messages, signals, errors and escalations that other diagrams of the pack use. */
function codes(kind, attribute, type, reference, label) {
  return (props) => {
    const [offers, injector] = [useService('offers'), useService('injector')];
    const { element } = props;
    const definition = getBusinessObject(element).get('eventDefinitions')?.find((each) => each.get(reference)) ?? getBusinessObject(element);
    const root = definition.get(reference);
    if (!root) return null;
    const used = offers.current.codes[kind];
    return choice(props, {
      label,
      offered: used.map((key) => ({ key, name: key })),
      value: () => (used.includes(root.get(attribute)) ? root.get(attribute) : ''),
      set: (value) => value && injector.get('modeling').updateModdleProperties(element, root, { [attribute]: value }),
    });
  };
}

function binding(type) {
  return (props) => {
    const [translate, injector] = [useService('translate'), useService('injector')];
    return SelectEntry({
      element: props.element,
      id: props.id,
      label: translate('Binding'),
      getValue: () => extension(getBusinessObject(props.element), type)?.get('bindingType') ?? 'latest',
      setValue: (bindingType) => write(injector, props.element, type, { bindingType }),
      getOptions: () => ['latest', 'deployment'].map((value) => ({ value, label: translate(value) })),
    });
  };
}

function Outcomes(props) {
  return ownText(props, 'outcomes', 'Outcomes', 'The field of the form whose answers become buttons with the keys 1, 2, 3.', TextFieldEntry);
}

function LegalBasis(props) {
  return ownText(props, 'legalBasis', 'Legal basis', 'Shown with the task, such as Art. 27.', TextFieldEntry);
}

function ExcludedUsers(props) {
  return ownText(props, 'excludedUsers', 'Excluded users', 'Who must not do it, such as whoever did an earlier step: a user name or a list.', FeelEntry);
}

function ownText(props, name, label, description, Entry) {
  const [translate, injector, debounce] = [useService('translate'), useService('injector'), useService('debounceInput')];
  return Entry({
    element: props.element,
    id: props.id,
    label: translate(label),
    description: translate(description),
    feel: Entry === FeelEntry ? 'optional' : undefined,
    debounce,
    getValue: () => property(props.element, name),
    setValue: (value) => writeProperty(injector, props.element, name, value),
  });
}

export default {
  __init__: ['lianxiPropertiesProvider'],
  lianxiPropertiesProvider: ['type', LianxiPropertiesProvider],
  debounceInput: ['value', held],
};
