// The variables that a FEEL field completes: who writes them, and the value they had in the last rehearsal.
import { rehearsed } from './rehearsed.js';

const LONGEST = 120; // characters of a value

/** `written`: variable -> names of what writes it; `constants`: names such as "case" and "profile.clocks". */
export function known(written, constants, translate) {
  const values = rehearsed(document.querySelector('[data-pack]')?.dataset.pack);
  const read = (name) => constants.filter((each) => each.startsWith(`${name}.`)).map((each) => ({ name: each.slice(name.length + 1) }));
  const info = (name, names) => {
    const by = translate('Written by {names}', { names: names.join(', ') });
    return name in values ? `${by}\n${translate('In the last rehearsal: {value}', { value: short(values[name]) })}` : by;
  };
  return [
    ...Object.entries(written).map(([name, names]) => ({ name, info: info(name, names), entries: parts(values[name]) })),
    ...constants.filter((name) => !name.includes('.')).map((name) => ({ name, info: translate('Read-only'), entries: read(name) })),
  ];
}

/** What is inside a context, for completion behind a dot. */
function parts(value) {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  return Object.entries(value).map(([name, inner]) => ({ name, info: short(inner), entries: parts(inner) }));
}

function short(value) {
  const text = JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
