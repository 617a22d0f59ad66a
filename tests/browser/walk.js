// Walks through an editor in a browser test, and tells what it says in Latin letters only. Evaluated as one object: window.walk.
({
  found: new Set(),

  /** Texts and tips of the page. What people named, values and code are not the editor's; the mark stays as its makers wrote it. */
  scan() {
    const THEIRS =
      'svg, code, kbd, script, style, .cm-editor, [contenteditable], .content-editable, .input-label, .output-label,' +
      '.bio-properties-panel-header-label, .bio-properties-panel-collapsible-entry-header-title, select[name^=lianxi],' +
      '#editor-elements, #tabs, .bjs-crumb, .editor-bar, .finding button, .finding .reference, .fjs-form-field-label,' +
      '#preview, [class*=powered-by], .dmn-definitions-name, .dmn-definitions-id, .entry-description';
    const KNOWN = /^(FEEL|DMN|BPMN|ID|URL|HTML|JSON|ISO 8601|UTC)$|^(\w+_|\(id=\w+_)?[0-9a-z]{7}\)?$/; // words of the trade, and ids
    const note = (text) => {
      const said = (text ?? '').trim().replace(/\s+/g, ' ');
      if (/[A-Za-z]{2,}/.test(said) && !/\p{Script=Han}/u.test(said) && !KNOWN.test(said)) this.found.add(said);
    };
    for (const element of document.querySelectorAll('.editor *, .bio-properties-panel-popup *, .dms-context-menu *, .context-menu *')) {
      if (element.closest(THEIRS)) continue;
      ['title', 'aria-label', 'placeholder', 'alt'].forEach((name) => note(element.getAttribute(name)));
      element.childNodes.forEach((node) => node.nodeType === Node.TEXT_NODE && note(node.data));
    }
    (window.lianxi.missed ?? []).forEach((text) => this.found.add(text));
    return [...this.found];
  },

  wait(ms) {
    return new Promise((done) => setTimeout(done, ms));
  },

  /** Open all groups of the panel, add an entry to each list, choose each option of each list. */
  async panel() {
    const parts = (rule) => document.querySelectorAll(`.bio-properties-panel ${rule}`);
    const unfold = () => parts('.bio-properties-panel-group-header:not(.open)').forEach((header) => header.click());
    await this.wait(50);
    unfold();
    await this.wait(30);
    parts('.bio-properties-panel-add-entry').forEach((button) => button.click());
    await this.wait(30);
    unfold();
    this.scan();
    for (const { id } of [...parts('select')]) {
      for (const { value } of [...(document.getElementById(id)?.options ?? [])].slice(0, 6)) {
        const shown = document.getElementById(id);
        if (!shown) break;
        shown.value = value;
        ['input', 'change'].forEach((kind) => shown.dispatchEvent(new Event(kind, { bubbles: true })));
        await this.wait(15);
        this.scan();
      }
    }
  },

  /** Draw one of each element, open its panel and its menus. `tags` of the registry; events as the server offers them. */
  async process(tags) {
    const { modeler, offers } = window.lianxi;
    const services = ['elementFactory', 'modeling', 'selection', 'popupMenu', 'canvas', 'contextPad'];
    const [factory, modeling, selection, menus, canvas, pad] = services.map((name) => modeler.get(name));
    const type = (tag) => `bpmn:${tag[0].toUpperCase()}${tag.slice(1)}`;
    let place = 0;
    const draw = (attributes) => {
      const where = { x: 300 + 170 * (place % 16), y: 700 + 220 * Math.floor(place++ / 16) };
      return modeling.createShape(factory.createShape(attributes), where, canvas.getRootElement());
    };
    const open = async (element, within = true) => {
      selection.select(element);
      pad.open(element, true);
      await this.panel();
      for (const menu of within ? ['bpmn-append', 'bpmn-replace', 'bpmn-create', 'color-picker', 'align-elements'] : []) {
        menus.open(element, menu, { x: 10, y: 10, cursor: { x: 10, y: 10 } }, { search: true });
        await this.wait(5);
        this.scan();
        menus.close();
      }
    };
    for (const tag of tags) await open(draw({ type: type(tag), isExpanded: true }));
    const host = draw({ type: 'bpmn:Task' });
    for (const [where, kinds] of Object.entries(offers.current.events)) {
      const [tag, position] = where.split('/');
      for (const kind of kinds.filter((each) => each !== 'multiple')) {
        const attributes = { type: type(tag) };
        if (kind !== 'none') attributes.eventDefinitionType = `${type(kind)}EventDefinition`;
        if (position === 'nonInterrupting') attributes.cancelActivity = false;
        if (position === 'eventSubProcessBeside') attributes.isInterrupting = false;
        if (tag !== 'boundaryEvent') await open(draw(attributes), kind === 'none');
        else {
          const event = modeling.createShape(factory.createShape(attributes), { x: host.x + 50, y: host.y + 80 }, host, { attach: true });
          await open(event, false);
          modeling.removeShape(event);
        }
      }
    }
    const registry = modeler.get('elementRegistry');
    const first = (tag) => registry.find((element) => element.type === `bpmn:${tag}`);
    await open(first('SequenceFlow'), false);
    await open(modeling.connect(first('DataObjectReference'), host), false);
    await open(modeling.connect(first('TextAnnotation'), host), false);
    const pool = modeling.createShape(factory.createParticipantShape({ isExpanded: true }), { x: 900, y: 300 }, canvas.getRootElement());
    await open(pool);
    await open(modeling.addLane(pool, 'bottom'));
    const other = modeling.createShape(factory.createParticipantShape({ isExpanded: false }), { x: 900, y: 3000 }, canvas.getRootElement());
    await open(modeling.connect(host, other), false);
    selection.select(registry.filter((element) => element.type.endsWith('Task')));
    await this.wait(80);
    this.scan();
    selection.select([]);
    await this.panel();
  },

  /** The tools around the diagram: simulation, minimap, search. */
  async tools() {
    const press = async (button) => {
      button?.click();
      await this.wait(150);
      this.scan();
    };
    await press(document.querySelector('.djs-minimap .toggle'));
    await press(document.getElementById('editor-find'));
    window.lianxi.modeler.get('searchPad').close();
    await press(document.getElementById('editor-simulate'));
    await press(document.querySelector('.bts-toggle-log, [class*=bts-palette] .bts-entry'));
    await press(document.querySelector('[data-container-id=talk_begins] .bts-context-pad'));
    await this.wait(600);
    this.scan();
    await press(document.getElementById('editor-simulate'));
  },

  /** Every field in the panel. */
  async form() {
    const { editor } = window.lianxi;
    const registry = editor.get('formFieldRegistry');
    for (const id of registry.getAll().map((field) => field.id)) {
      editor.get('selection').set(registry.get(id));
      await this.panel();
    }
    this.scan();
  },

  /** The drawing's elements with panel and menus; then each view, each kind of cell and head with what opens on them. */
  async decisions() {
    const { modeler } = window.lianxi;
    const views = modeler.getViews();
    await modeler.open(views.find((view) => view.type === 'drd'));
    const [factory, modeling, selection, menus, canvas, pad] = ['elementFactory', 'modeling', 'selection', 'popupMenu', 'canvas', 'contextPad'].map((name) =>
      modeler.getActiveViewer().get(name),
    );
    const kinds = ['Decision', 'InputData', 'KnowledgeSource', 'BusinessKnowledgeModel', 'TextAnnotation'];
    for (const [place, kind] of kinds.entries()) {
      const shape = modeling.createShape(factory.createShape({ type: `dmn:${kind}` }), { x: 200 + 220 * place, y: 900 }, canvas.getRootElement());
      selection.select(shape);
      pad.open(shape, true);
      await this.panel();
      menus.open(shape, 'dmn-replace', { x: 10, y: 10, cursor: { x: 10, y: 10 } });
      await this.wait(10);
      this.scan();
      menus.close();
    }
    selection.select([]);
    await this.panel();
    for (const view of modeler.getViews().filter((each) => each.type !== 'drd')) {
      await modeler.open(view);
      await this.wait(60);
      this.scan();
      const cells = '#canvas td[data-element-id], #canvas th[data-col-id], #canvas .hit-policy, #canvas .decision-table-name, #canvas td.rule-index';
      for (const place of document.querySelectorAll(cells).keys()) {
        for (const kind of ['contextmenu', 'click', 'dblclick']) {
          const cell = document.querySelectorAll(cells)[place];
          cell?.dispatchEvent(new MouseEvent(kind, { bubbles: true, cancelable: true, clientX: 300, clientY: 300 }));
          cell?.querySelector('.edit-button, .input-edit, [class*=edit]')?.click();
          await this.wait(15);
          this.scan();
          for (const list of document.querySelectorAll('.dms-input-select .dms-caret, .dms-select, .hit-policy-edit-policy-select .dms-caret')) {
            list.dispatchEvent(new MouseEvent('click', { bubbles: true }));
            await this.wait(5);
            this.scan();
          }
        }
        document.body.dispatchEvent(new MouseEvent('mousedown', { bubbles: true }));
        document.body.dispatchEvent(new MouseEvent('click', { bubbles: true }));
      }
    }
  },
})
