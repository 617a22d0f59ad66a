// The diagram as a table: what it says for those who can't see or don't want to read the drawing.
const SKIPPED = new Set(['bpmn:SequenceFlow', 'bpmn:Association', 'bpmn:DataInputAssociation', 'bpmn:DataOutputAssociation', 'bpmn:MessageFlow']);

/** Fill the body of the table from the diagram. */
export function tabulate(modeler, body, select, kind) {
  const rows = modeler
    .get('elementRegistry')
    .filter((element) => element.parent && element.type !== 'label' && !SKIPPED.has(element.type))
    .map((element) => row(element, select, kind));
  body.replaceChildren(...rows);
}

function row(element, select, kind) {
  const object = element.businessObject;
  const assignment = extension(object, 'zeebe:AssignmentDefinition');
  const who = [assignment?.assignee, assignment?.candidateGroups, assignment?.candidateUsers].filter(Boolean).join(', ');
  const form = extension(object, 'zeebe:FormDefinition')?.formId ?? '';
  const next = (object.outgoing ?? []).map((flow) => [flow.name, flow.targetRef?.name || flow.targetRef?.id].filter(Boolean).join(': ')).join('; ');
  const line = document.createElement('tr');
  const head = document.createElement('th');
  head.scope = 'row';
  const button = Object.assign(document.createElement('button'), { type: 'button', textContent: object.name || object.text || object.id });
  button.addEventListener('click', () => select(element.id));
  head.append(button);
  line.append(head, ...[kind(element), who, form, next].map((text) => Object.assign(document.createElement('td'), { textContent: text })));
  return line;
}

export function extension(object, type) {
  return object.get('extensionElements')?.get('values').find((each) => each.$type === type);
}
