// Keys of new fields suggested from their labels. A key that a person wrote, or that was there before, is never touched.
const EARLY = 2000; // before form-js gives the old key free and takes the new one
const LONGEST = 40; // characters
// What FEEL reads as a word of its own, and the names that processes may not write.
const TAKEN = new Set(
  'if then else for in return some every satisfies and or not between true false null function instance of case profile task'.split(' '),
);

/** `Full name` gives full_name; a label without Latin letters, such as 姓名, gives field_3 where two others are free before it. */
export function keyOf(label, others) {
  const plain = label.normalize('NFKD').replace(/\p{Mark}/gu, '').toLowerCase().replace(/[^a-z0-9]+/g, '_').slice(0, LONGEST).replace(/^_+|_+$/g, '');
  const named = /^[a-z]/.test(plain) && !/\p{Script=Han}/u.test(label);
  const stem = named ? plain : 'field';
  const free = (key) => !others.has(key) && !TAKEN.has(key);
  if (named && free(stem)) return stem;
  let count = named ? 2 : 1;
  while (!free(`${stem}_${count}`)) count += 1;
  return `${stem}_${count}`;
}

class Keys {
  constructor(eventBus, formFieldRegistry) {
    const suggested = new Map(); // id of a field that was added here -> the key that nobody chose yet
    const part = ({ type }) => (type === 'dynamiclist' ? 'path' : 'key');
    eventBus.on('commandStack.formField.add.postExecuted', ({ context: { formField } }) => {
      if (formField[part(formField)] && formField.label !== undefined) suggested.set(formField.id, formField[part(formField)]);
    });
    eventBus.on('commandStack.formField.edit.preExecute', EARLY, ({ context: { formField, properties } }) => {
      const name = part(formField);
      if (suggested.get(formField.id) !== formField[name] || name in properties) {
        suggested.delete(formField.id);
        return;
      }
      const { label } = properties;
      if (!label?.trim() || label.startsWith('=')) return;
      const others = formFieldRegistry.getAll().filter(({ id }) => id !== formField.id);
      properties[name] = keyOf(label, new Set(others.flatMap(({ key, path }) => [key, path])));
      suggested.set(formField.id, properties[name]);
    });
    // Who goes on to another field has seen the key; from now on it may be used elsewhere.
    eventBus.on('selection.changed', ({ selection }) => {
      for (const [id, key] of suggested) if (id !== selection?.id && !key.includes(`${formFieldRegistry.get(id)?.type}_`)) suggested.delete(id);
    });
  }
}
Keys.$inject = ['eventBus', 'formFieldRegistry'];

export default { __init__: ['lianxiKeys'], lianxiKeys: ['type', Keys] };
