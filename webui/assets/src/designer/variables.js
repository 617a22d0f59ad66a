// Completion in FEEL fields: the variables an element can count on, with the value they had in the last rehearsal.
import { rehearsed } from '../shared/rehearsed.js';

const LONGEST = 120; // characters of a value

class VariableResolver {
  constructor(offers, elementRegistry, translate) {
    Object.assign(this, { offers, elementRegistry, translate });
  }

  /** Called by the panel for each FEEL field. */
  async getVariablesForElement(businessObject) {
    await Promise.race([this.offers.pending, new Promise((later) => setTimeout(later, 3000))]);
    const { variables, constants } = this.offers.current;
    const values = rehearsed(document.querySelector('[data-pack]')?.dataset.pack);
    const known = variables[businessObject.id] ?? variables[businessObject.$parent?.id] ?? {};
    return [
      ...Object.entries(known).map(([name, origins]) => ({
        name, info: this.info(name, origins, values), entries: parts(values[name]),
      })),
      ...this.constants(constants),
    ];
  }

  info(name, origins, values) {
    const names = origins.map((id) => this.elementRegistry.get(id)?.businessObject.name || id).join(', ');
    const written = this.translate('Written by {names}', { names });
    if (!(name in values)) return written;
    return `${written}\n${this.translate('In the last rehearsal: {value}', { value: short(values[name]) })}`;
  }

  constants(names) {
    const parts = (name) => names.filter((each) => each.startsWith(`${name}.`)).map((each) => ({ name: each.slice(name.length + 1) }));
    return names.filter((name) => !name.includes('.')).map((name) => ({ name, info: this.translate('Read-only'), entries: parts(name) }));
  }
}
VariableResolver.$inject = ['offers', 'elementRegistry', 'translate'];

/** What is inside a context, for completion behind a dot. */
function parts(value) {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  return Object.entries(value).map(([name, inner]) => ({ name, info: short(inner), entries: parts(inner) }));
}

function short(value) {
  const text = JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

export default { variableResolver: ['type', VariableResolver] };
