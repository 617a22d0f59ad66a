// The functions that FEEL fields offer: those the server calls, in the reader's language, instead of the maker's own list.
import { told } from './http.js';

export const camundaBuiltins = (told('feel-functions') ?? []).map(({ name, parameters, gives, example }) => ({
  name,
  type: 'function',
  params: parameters.map((each) => ({ name: each })),
  info: `<div><p>${escaped(gives)}</p><pre>${escaped(example)}</pre></div>`,
}));

function escaped(text) {
  return text.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign]);
}
