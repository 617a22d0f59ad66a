// Completion in FEEL fields: the variables an element can count on.
import { known } from '../shared/known.js';

class VariableResolver {
  constructor(offers, elementRegistry, translate) {
    Object.assign(this, { offers, elementRegistry, translate });
  }

  /** Called by the panel for each FEEL field. */
  async getVariablesForElement(businessObject) {
    await Promise.race([this.offers.pending, new Promise((later) => setTimeout(later, 3000))]);
    const { variables, constants } = this.offers.current;
    const here = variables[businessObject.id] ?? variables[businessObject.$parent?.id] ?? {};
    const named = (id) => this.elementRegistry.get(id)?.businessObject.name || id;
    return known(Object.fromEntries(Object.entries(here).map(([name, ids]) => [name, ids.map(named)])), constants, this.translate);
  }
}
VariableResolver.$inject = ['offers', 'elementRegistry', 'translate'];

export default { variableResolver: ['type', VariableResolver] };
