// The requirements as a table: what the drawing of decisions says to those who can't see it.
const KINDS = {
  'dmn:Decision': 'Decision',
  'dmn:InputData': 'Input Data',
  'dmn:KnowledgeSource': 'Knowledge Source',
  'dmn:BusinessKnowledgeModel': 'Business Knowledge Model',
  'dmn:DecisionService': 'Decision Service',
};
const LOGIC = { 'dmn:DecisionTable': 'Decision table', 'dmn:LiteralExpression': 'Literal expression' };

/** Fill the body of the table; pressing a name opens its view, where it has one. */
export function tabulate(definitions, body, open, translate) {
  const elements = (definitions?.get('drgElement') ?? []).filter(({ $type }) => KINDS[$type]);
  body.replaceChildren(...elements.map((element) => row(element, open, translate)));
}

function row(element, open, translate) {
  const line = document.createElement('tr');
  const head = document.createElement('th');
  head.scope = 'row';
  const name = element.name || element.id;
  const logic = element.decisionLogic ?? element.encapsulatedLogic;
  if (logic) {
    const button = Object.assign(document.createElement('button'), { type: 'button', textContent: name });
    button.addEventListener('click', () => open(element.id));
    head.append(button);
  } else head.textContent = name;
  const kind = [translate(KINDS[element.$type]), LOGIC[logic?.$type] && translate(LOGIC[logic.$type])].filter(Boolean).join(' · ');
  line.append(head, ...[kind, needs(element).join(', ')].map((text) => Object.assign(document.createElement('td'), { textContent: text })));
  return line;
}

function needs(element) {
  const requirements = ['informationRequirement', 'knowledgeRequirement', 'authorityRequirement'].flatMap((kind) => element[kind] ?? []);
  return requirements
    .map((each) => each.requiredDecision ?? each.requiredInput ?? each.requiredKnowledge ?? each.requiredAuthority)
    .filter(Boolean)
    .map(({ href }) => named(element.$parent, href.replace(/^.*#/, '')));
}

function named(definitions, id) {
  return (definitions.get('drgElement') ?? []).find((each) => each.id === id)?.name || id;
}
