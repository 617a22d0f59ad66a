// One translate module for all editors. What has no translation is kept in `missed`: the browser tests want it empty.
export const missed = new Set();

export function translateModule(texts) {
  function translate(template, replacements = {}) {
    const text = texts[template];
    if (text === undefined) missed.add(template);
    return (text ?? template).replace(/{([^}]+)}/g, (_, name) => replacements[name] ?? `{${name}}`);
  }
  return { translate: ['value', translate] };
}
