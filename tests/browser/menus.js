// Presses every entry of the palette, the create and the append menu; then of the replace menu of one element of each kind.
async (tags) => {
  const { modeler, offers } = window.lianxi;
  const names = ['elementFactory', 'modeling', 'popupMenu', 'canvas', 'create', 'palette', 'elementRegistry', 'rules'];
  const [factory, modeling, menus, canvas, create, palette, registry, rules] = names.map((name) => modeler.get(name));
  const root = canvas.getRootElement();
  let place = 0;
  const next = () => ({ x: 400 + 260 * (place % 20), y: 900 + 260 * Math.floor(place++ / 20) });
  create.start = (event, shapes) => { // as if the mouse dropped it beside everything
    const [elements, position] = [[shapes].flat(), next()];
    if (rules.allowed('elements.create', { elements, position, target: root })) modeling.createElements(elements, position, root);
  };
  const pressed = [];
  const press = (menu, id, entry) => {
    if (/participant|pool/.test(id)) return; // drawn for readers, around everything
    const act = entry.action.click ?? entry.action;
    pressed.push(`${menu}: ${id}`);
    return act(new MouseEvent('click'), menu === 'palette' ? false : entry);
  };
  const entries = (menu, element) => {
    const providers = menus._getProviders(menu);
    return { ...menus._getEntries(element, providers), ...menus._getHeaderEntries(element, providers) };
  };
  for (const [id, entry] of Object.entries(palette.getEntries())) {
    if (id.startsWith('create.') || /^create-/.test(id)) press('palette', id, entry);
  }
  for (const [id, entry] of Object.entries(entries('bpmn-create', root))) press('create', id, entry);
  const source = registry.get('talk');
  for (const [id, entry] of Object.entries(entries('bpmn-append', source))) press('append', id, entry);

  const type = (tag) => `bpmn:${tag[0].toUpperCase()}${tag.slice(1)}`;
  const makers = tags.map((tag) => () => modeling.createShape(factory.createShape({ type: type(tag), isExpanded: true }), next(), root));
  for (const [where, kinds] of Object.entries(offers.current.events)) {
    const [tag, position] = where.split('/');
    const kind = kinds.find((each) => each !== 'multiple');
    const attributes = { type: type(tag), ...(kind === 'none' ? {} : { eventDefinitionType: `${type(kind)}EventDefinition` }) };
    if (position === 'nonInterrupting') attributes.cancelActivity = false;
    if (position === 'eventSubProcessBeside') attributes.isInterrupting = false;
    makers.push(() => {
      const at = next();
      if (tag === 'boundaryEvent') {
        const host = modeling.createShape(factory.createShape({ type: 'bpmn:Transaction', isExpanded: true }), at, root);
        return modeling.createShape(factory.createShape(attributes), { x: at.x, y: host.y + host.height }, host, { attach: true });
      }
      if (position === 'process' || position === 'anywhere') return modeling.createShape(factory.createShape(attributes), at, root);
      const triggered = position.startsWith('eventSubProcess');
      const around = factory.createShape({ type: 'bpmn:SubProcess', isExpanded: true, ...(triggered ? { triggeredByEvent: true } : {}) });
      return modeling.createShape(factory.createShape(attributes), at, modeling.createShape(around, at, root));
    });
  }
  for (const make of makers) {
    const one = make();
    for (const id of Object.keys(entries('bpmn-replace', one))) {
      const each = make();
      const entry = entries('bpmn-replace', each)[id];
      if (entry) press(`replace ${each.businessObject.$type}`, id, entry);
    }
  }
  return pressed;
}
