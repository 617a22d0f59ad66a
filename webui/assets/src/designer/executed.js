// Palette, append, create and replace menus: only what the engine executes, as the server's registry says.
import { PopupEntries } from 'bpmn-js/lib/features/popup-menu/PopupEntries';
import { isEventSubProcess } from 'bpmn-js/lib/util/DiUtil';
import { is } from 'bpmn-js/lib/util/ModelUtil';
import RuleProvider from 'diagram-js/lib/features/rules/RuleProvider';

const LAST = 100; // after all other providers
const HIGH = 2000; // before bpmn-js's own rules
// Drawn for readers: they are no elements of the registry.
const DRAWN = new Set(['participant', 'dataObjectReference', 'dataStoreReference', 'group', 'textAnnotation']);
// Entries of the replace menus whose names are not those of the catalogue of entries.
const RENAMED = {
  'none-start': 'none-start-event',
  'none-end': 'none-end-event',
  'none-intermediate-throw': 'none-intermediate-throwing',
  'ad-hoc-subprocess': 'expanded-ad-hoc-subprocess',
  subprocess: 'expanded-subprocess',
};
const PALETTE = {
  'create.start-event': 'none-start-event',
  'create.intermediate-event': 'none-intermediate-throwing',
  'create.end-event': 'none-end-event',
  'create.exclusive-gateway': 'exclusive-gateway',
  'create.task': 'task',
  'create.subprocess-expanded': 'expanded-subprocess',
};

/** Whether something is executed where it would be drawn: `target` as in bpmn-js's menus, `element` what it replaces. */
export function isExecuted(offers, target, element) {
  const tag = local(target.type);
  if (DRAWN.has(tag)) return true;
  if (!offers.elements.includes(tag)) return false;
  if (!tag.endsWith('Event')) return true;
  const kind = target.eventDefinitionType ? local(target.eventDefinitionType).replace('EventDefinition', '') : 'none';
  return (offers.events[`${tag}/${position(tag, target, element)}`] ?? []).includes(kind);
}

class ExecutedOnly {
  constructor(popupMenu, palette, offers) {
    const kept = (entries, element) => Object.fromEntries(Object.entries(entries).filter(([id]) => keeps(offers.current, id, element)));
    for (const menu of ['bpmn-append', 'bpmn-create', 'bpmn-replace']) {
      popupMenu.registerProvider(menu, LAST, {
        getPopupMenuEntries: (element) => (entries) => kept(entries, menu === 'bpmn-replace' ? element : null),
      });
    }
    palette.registerProvider(LAST, {
      getPaletteEntries: () => (entries) =>
        Object.fromEntries(Object.entries(entries).filter(([id]) => !PALETTE[id] || isExecuted(offers.current, PopupEntries[PALETTE[id]].target))),
    });
  }
}
ExecutedOnly.$inject = ['popupMenu', 'palette', 'offers'];

/** A boundary event that is dropped beside an activity becomes an intermediate one: not where that kind is not executed. */
class AttachedOnly extends RuleProvider {
  constructor(eventBus, bpmnRules, offers) {
    super(eventBus);
    const stays = (shape) => {
      if (!is(shape, 'bpmn:BoundaryEvent')) return true;
      const eventDefinitionType = shape.businessObject.eventDefinitions?.[0]?.$type;
      return isExecuted(offers.current, { type: 'bpmn:IntermediateCatchEvent', eventDefinitionType });
    };
    const dropped = (shapes, { target, position }) =>
      shapes.filter((shape) => !shapes.includes(shape.host)).every((shape) => stays(shape) || bpmnRules.canAttach(shapes, target, null, position)) && undefined;
    this.addRule('elements.create', HIGH, (context) => dropped(context.elements, context));
    this.addRule('elements.move', HIGH, (context) => dropped(context.shapes, context));
  }
}
AttachedOnly.$inject = ['eventBus', 'bpmnRules', 'offers'];

function keeps(offers, id, element) {
  const name = id.replace(/^(append|create)-/, '').replace(/^replace-with-/, '');
  const entry = PopupEntries[RENAMED[name] ?? name];
  return !entry || isExecuted(offers, entry.target, element);
}

/** In the words of the registry. A start event that is not replaced is drawn in a process. */
function position(tag, target, element) {
  if (tag === 'boundaryEvent') return target.cancelActivity === false ? 'nonInterrupting' : 'interrupting';
  if (tag !== 'startEvent') return 'anywhere';
  const around = element?.businessObject.$parent;
  if (target.isInterrupting === false || (around && isEventSubProcess(around))) {
    return target.isInterrupting === false ? 'eventSubProcessBeside' : 'eventSubProcess';
  }
  return around && is(around, 'bpmn:SubProcess') ? 'subProcess' : 'process';
}

function local(type) {
  const name = type.replace('bpmn:', '');
  return name[0].toLowerCase() + name.slice(1);
}

export default {
  __init__: ['executedOnly', 'attachedOnly'],
  executedOnly: ['type', ExecutedOnly],
  attachedOnly: ['type', AttachedOnly],
};
