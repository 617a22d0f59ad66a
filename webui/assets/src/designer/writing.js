// Writing zeebe extension elements through the command stack, so that it can be undone.
import { getBusinessObject } from 'bpmn-js/lib/util/ModelUtil';
import { extension } from './table.js';

/** Set properties of the extension element of this type; `null` takes the whole element away. */
export function write(injector, element, type, properties) {
  const object = getBusinessObject(element);
  const factory = injector.get('bpmnFactory');
  const commands = [];
  let holder = object.get('extensionElements');
  if (!holder) {
    holder = create(factory, 'bpmn:ExtensionElements', { values: [] }, object);
    commands.push(change(element, object, { extensionElements: holder }));
  }
  const found = extension(object, type);
  if (properties === null) {
    commands.push(change(element, holder, { values: holder.get('values').filter((each) => each !== found) }));
  } else if (found) {
    commands.push(change(element, found, properties));
  } else {
    commands.push(change(element, holder, { values: [...holder.get('values'), create(factory, type, properties, holder)] }));
  }
  injector.get('commandStack').execute('properties-panel.multi-command-executor', commands);
}

/** The value of a zeebe:property of the element. */
export function property(element, name) {
  return list(element).find((each) => each.name === name)?.value ?? '';
}

/** Set a zeebe:property; an empty value takes it away. */
export function writeProperty(injector, element, name, value) {
  const factory = injector.get('bpmnFactory');
  const others = list(element).filter((each) => each.name !== name);
  const kept = value ? [...others, factory.create('zeebe:Property', { name, value })] : others;
  if (!kept.length && !list(element).length) return;
  write(injector, element, 'zeebe:Properties', kept.length ? { properties: kept } : null);
  const holder = extension(getBusinessObject(element), 'zeebe:Properties');
  kept.forEach((each) => (each.$parent = holder));
}

function list(element) {
  return extension(getBusinessObject(element), 'zeebe:Properties')?.get('properties') ?? [];
}

function create(factory, type, properties, parent) {
  const made = factory.create(type, properties);
  made.$parent = parent;
  return made;
}

function change(element, moddleElement, properties) {
  return { cmd: 'element.updateModdleProperties', context: { element, moddleElement, properties } };
}
