// What has to be done to a piece of page that has just arrived, at page load or after a swap.
import { showRowButtons } from './add_row.js';
import { autosave } from './drafts.js';
import { numberOutcomes } from './keyboard.js';
import { serverRules } from './server_rules.js';
import { showWhen } from './show_when.js';

const STEPS = [showWhen, serverRules, showRowButtons, autosave, numberOutcomes];

export function refresh(root) {
  STEPS.forEach((step) => step(root));
}

/** All matching elements in `root`, itself included. */
export function within(root, selector) {
  const found = [...root.querySelectorAll(selector)];
  return root.matches?.(selector) ? [root, ...found] : found;
}
