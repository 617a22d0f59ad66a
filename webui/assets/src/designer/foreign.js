// Files of newer tools: extensions under zeebe's name that the published description doesn't have yet are kept as they are.
import zeebe from 'zeebe-bpmn-moddle/resources/zeebe.json';

const AFTER_ORDERING = 1500; // bpmn-js writes what it drew with 2000

/** The description of zeebe's elements, with a place for every element of this file that it does not name. */
export function describing(xml) {
  const known = new Set(zeebe.types.map(({ name }) => name));
  const read = new DOMParser().parseFromString(xml, 'application/xml');
  const names = [...read.getElementsByTagNameNS(zeebe.uri, '*')].map(({ localName }) => localName[0].toUpperCase() + localName.slice(1));
  const unknown = [...new Set(names)].filter((name) => !known.has(name)).map(kept);
  return unknown.length ? { ...zeebe, types: [...zeebe.types, ...unknown] } : zeebe;
}

/** What is lost when the file is saved: the reader's warnings about content it could not place. */
export function unread(warnings) {
  return warnings.filter(({ message }) => /unparsable content|unknown type|illegal/i.test(message)).map(({ message }) => message.split('\n')[0]);
}

/** Attributes are kept in any case; this has children and text too. */
function kept(name) {
  const properties = [
    { name: 'children', type: 'Element', isMany: true },
    { name: 'text', type: 'String', isBody: true },
  ];
  return { name, superClass: ['Element'], properties };
}

/** The editor writes only what it drew: places of what it does not draw, such as a process beside the pools, stay too. */
class Undrawn {
  constructor(eventBus, canvas, elementRegistry) {
    const kept = new Map();
    eventBus.on('import.done', () => {
      kept.clear();
      for (const root of canvas.getRootElements()) {
        const places = root.di?.get('planeElement') ?? [];
        kept.set(root.di, places.filter(({ bpmnElement }) => !bpmnElement || !elementRegistry.get(bpmnElement.id)));
      }
    });
    eventBus.on('saveXML.start', AFTER_ORDERING, () => kept.forEach((places, plane) => plane?.set('planeElement', [...plane.get('planeElement'), ...places])));
  }
}
Undrawn.$inject = ['eventBus', 'canvas', 'elementRegistry'];

export default { __init__: ['undrawn'], undrawn: ['type', Undrawn] };
