// Completion in cells and expressions: what the steps that call these decisions can count on.
import { known } from '../shared/known.js';

/** A module of the editors; `offers` are the server's, read while one draws. `ownerOf`: the decision around a part. */
export function variables(offers, ownerOf, translate) {
  class CallersVariables {
    constructor(variableResolver) {
      variableResolver.registerProvider(this);
    }

    getVariables(found, element) {
      if (!offers.current) return found;
      const here = known(offers.current.variables[ownerOf(element)?.id] ?? {}, offers.current.constants, translate);
      return [...found, ...here.filter(({ name }) => !found.some((each) => each.name === name))];
    }
  }
  CallersVariables.$inject = ['variableResolver'];
  return { __init__: ['callersVariables'], callersVariables: ['type', CallersVariables] };
}
