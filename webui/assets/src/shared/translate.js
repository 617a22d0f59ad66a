// One translate module for all editors. What has no translation is kept in `missed`: the browser tests want it empty.
export const missed = new Set();

const AS_WRITTEN = /^[\s\d\p{P}\p{S}]*$|\p{Script=Han}/u; // signs and numbers, and what is in the reader's language already

export function translateModule(texts) {
  return { translate: ['value', translator(texts)] };
}

/** translate(template, replacements) over these texts. */
export function translator(texts) {
  return (template, replacements = {}) => {
    const text = texts[template];
    if (text === undefined && !AS_WRITTEN.test(template)) missed.add(template);
    return (text ?? template).replace(/{([^}]+)}/g, (_, name) => replacements[name.trim()] ?? `{${name}}`);
  };
}

/** The catalogue of the page's language for a name such as "bpmn"; null for English, which the editors speak. */
export async function catalogue(load) {
  return document.documentElement.lang.startsWith('zh') ? (await load()).default : null;
}
