// One SVG sprite of exactly the icons the templates name: icon("clock"), or a comment {# icons: a b #} where a name is computed.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const CALL = /\bicon\(\s*["']([\w-]+)["']/g;
const COMMENT = /\{#\s*icons:([\s\w-]+)#\}/g;

export function sprite(templates, library) {
  const names = new Set();
  for (const entry of readdirSync(templates, { recursive: true }).filter((name) => name.endsWith('.html'))) {
    const text = readFileSync(join(templates, entry), 'utf8');
    for (const [, name] of text.matchAll(CALL)) names.add(name);
    for (const [, list] of text.matchAll(COMMENT)) list.trim().split(/\s+/).forEach((name) => names.add(name));
  }
  const symbols = [...names].sort().map((name) => `<symbol id="${name}" viewBox="0 0 24 24">${drawing(library, name)}</symbol>`);
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('')}</svg>\n`;
}

function drawing(library, name) {
  const svg = readFileSync(join(library, 'icons', 'outline', `${name}.svg`), 'utf8');
  return svg.slice(svg.indexOf('>', svg.indexOf('<svg')) + 1, svg.lastIndexOf('</svg>')).replace(/\s*\n\s*/g, '');
}
