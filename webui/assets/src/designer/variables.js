// Completion in FEEL fields: the variables an element can count on, with the value they had in the last rehearsal.
class VariableResolver {
  constructor(offers, elementRegistry, translate) {
    Object.assign(this, { offers, elementRegistry, translate });
  }

  /** Called by the panel for each FEEL field. */
  async getVariablesForElement(businessObject) {
    await Promise.race([this.offers.pending, new Promise((later) => setTimeout(later, 3000))]);
    const { variables, constants } = this.offers.current;
    const rehearsed = lastRehearsal();
    const known = variables[businessObject.id] ?? variables[businessObject.$parent?.id] ?? {};
    return [
      ...Object.entries(known).map(([name, origins]) => ({ name, info: this.info(name, origins, rehearsed) })),
      ...this.constants(constants),
    ];
  }

  info(name, origins, rehearsed) {
    const names = origins.map((id) => this.elementRegistry.get(id)?.businessObject.name || id).join(', ');
    const written = this.translate('Written by {names}', { names });
    if (!(name in rehearsed)) return written;
    const value = JSON.stringify(rehearsed[name]);
    return `${written}\n${this.translate('In the last rehearsal: {value}', { value: value.length > 120 ? `${value.slice(0, 120)}…` : value })}`;
  }

  constants(names) {
    const parts = (name) => names.filter((each) => each.startsWith(`${name}.`)).map((each) => ({ name: each.slice(name.length + 1) }));
    return names.filter((name) => !name.includes('.')).map((name) => ({ name, info: this.translate('Read-only'), entries: parts(name) }));
  }
}
VariableResolver.$inject = ['offers', 'elementRegistry', 'translate'];

function lastRehearsal() {
  const pack = document.querySelector('[data-pack]')?.dataset.pack;
  try {
    return JSON.parse(window.sessionStorage.getItem(`lianxi-rehearsal-${pack}`)) ?? {};
  } catch {
    return {};
  }
}

export default { variableResolver: ['type', VariableResolver] };
