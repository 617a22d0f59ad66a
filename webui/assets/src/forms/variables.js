// Completion in the form's expressions: its own fields, and what the tasks that show the form can count on.
import { known } from '../shared/known.js';

/** A module of the editor; `offers` are the server's. The build has the panel ask `knownVariables` beside the fields. */
export function variables(offers, translate) {
  const ask = (names) => {
    const { variables: here = {}, constants = [] } = offers.current ?? {};
    const others = known(Object.assign({}, ...Object.values(here)), constants, translate);
    return [...names.map((name) => ({ name })), ...others.filter(({ name }) => !names.includes(name))];
  };
  return { knownVariables: ['value', ask] };
}
