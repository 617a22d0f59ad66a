// bpmnlint on how the diagram is drawn. What the engine would not execute is found by the server's check, in its words.
import Linter from 'bpmnlint/lib/linter';
import core from 'virtual:bpmnlint-rules';

// Only rules of style: none says what the check says already.
const RULES = [
  'label-required', 'no-bpmndi', 'no-duplicate-sequence-flows', 'no-gateway-join-fork', 'no-implicit-split',
  'no-overlapping-elements', 'superfluous-gateway', 'superfluous-label', 'superfluous-termination',
];
const config = { rules: Object.fromEntries(RULES.map((name) => [name, 'warn'])) };
const resolver = { resolveRule: (_, name) => core[name] };

/** Findings about style, as the check gives its own. */
export async function drawnBadly(definitions, path, translate) {
  const reports = await new Linter({ config, resolver }).lint(definitions); // some rules remember what they saw
  return Object.entries(reports).flatMap(([rule, found]) =>
    found.map(({ id, message }) => ({ severity: 'style', path, element: id ?? null, code: rule, message: translate(message) })),
  );
}
