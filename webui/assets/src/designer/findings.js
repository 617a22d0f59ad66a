// What was found, shown on the elements: the worst of each as a mark, its sentences behind it.
const WORST = ['error', 'warning', 'style'];
const SIGNS = { error: '✕', warning: '!', style: '·' };
// Where in the panel a finding is corrected.
const FIELDS = {
  UNKNOWN_GROUP: 'assignmentDefinitionCandidateGroups',
  NOBODY: 'assignmentDefinitionCandidateGroups',
  UNKNOWN_FORM: 'lianxiForm',
  UNKNOWN_DECISION: 'decisionId',
  UNKNOWN_PROCESS: 'targetProcessId',
  NO_PROCESS: 'targetProcessId',
  UNKNOWN_JOB: 'taskDefinitionType',
  CONDITION: 'conditionExpression',
};

export class Findings {
  constructor(modeler) {
    this.modeler = modeler;
    this.marked = [];
  }

  /** Mark the elements of these findings; answers them with the elements' names, which people know better than ids. */
  show(found, path) {
    const mine = found.filter((finding) => finding.path === path && finding.element);
    this.clear();
    for (const id of new Set(mine.map((finding) => finding.element))) {
      const element = this.element(id);
      if (element?.parent) this.mark(element, mine.filter((finding) => finding.element === id));
    }
    return found.map((finding) => ({ ...finding, name: (finding.path === path && this.element(finding.element)?.businessObject.name) || undefined }));
  }

  mark(element, findings) {
    const severity = WORST.find((each) => findings.some((finding) => finding.severity === each));
    const sentences = findings.map((finding) => finding.message).join('\n');
    const badge = Object.assign(document.createElement('span'), { className: `found ${severity}`, textContent: SIGNS[severity], title: sentences });
    badge.setAttribute('role', 'img');
    badge.setAttribute('aria-label', sentences);
    badge.addEventListener('click', () => this.select(element.id, findings[0]));
    this.modeler.get('canvas').addMarker(element, `found-${severity}`);
    const overlay = this.modeler.get('overlays').add(element, 'finding', { position: { top: -11, left: -9 }, html: badge });
    this.marked.push([element.id, `found-${severity}`, overlay]);
  }

  clear() {
    const canvas = this.modeler.get('canvas');
    for (const [id, marker, overlay] of this.marked) {
      if (this.modeler.get('elementRegistry').get(id)) canvas.removeMarker(id, marker);
      this.modeler.get('overlays').remove(overlay);
    }
    this.marked = [];
  }

  /** Select the element, bring it into sight, and open the field where it is corrected. */
  select(id, finding) {
    const element = this.element(id);
    if (!element) return;
    const root = this.modeler.get('canvas').findRoot(element);
    if (root) this.modeler.get('canvas').setRootElement(root);
    this.modeler.get('selection').select(element.parent ? element : []);
    if (element.parent) this.modeler.get('canvas').scrollToElement(element, 80);
    const field = FIELDS[finding?.code];
    if (field) setTimeout(() => this.modeler.get('eventBus').fire('propertiesPanel.showEntry', { id: field }), 100);
  }

  /** What is drawn of an id: a process of several is drawn as its pool. */
  element(id) {
    const registry = this.modeler.get('elementRegistry');
    return registry.get(id) ?? registry.find((one) => id && !one.labelTarget && one.businessObject?.processRef?.id === id);
  }
}
