// The licences of exactly the packages that are in the bundles, in full.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const PACKAGE = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//;
// What makers packed into the one file that they publish: the bundler does not see it.
const PACKED = {
  '@bpmn-io/draggle': ['contra'],
  '@bpmn-io/element-templates-validator': [
    '@camunda/element-templates-json-schema', '@camunda/zeebe-configuration-templates-json-schema',
    '@camunda/zeebe-element-templates-json-schema', 'json-source-map',
  ],
  '@bpmn-io/form-js-viewer': ['@carbon/grid'], // in its style sheet
  '@bpmn-io/semver-compat': ['semver'],
  'bpmn-js-element-templates': ['preact-markup'],
  inferno: ['inferno-shared', 'inferno-vnode-flags'],
  'selection-ranges': ['component-props', 'component-xor', 'dom-iterator'],
};
const MIT = readFileSync(new URL('mit.txt', import.meta.url), 'utf8').trim();

export function notices(metafile, more = []) {
  const folders = new Set(more);
  for (const input of Object.keys(metafile.inputs)) {
    const match = input.match(PACKAGE);
    if (!match) continue;
    folders.add(match[1]);
    const name = match[1].slice(match[1].lastIndexOf('node_modules/') + 'node_modules/'.length);
    for (const packed of PACKED[name] ?? []) folders.add(join('node_modules', packed));
  }
  const parts = [...folders].map(notice).sort((a, b) => (a.id < b.id ? -1 : 1));
  const head = `Third-party software in static/dist (${parts.length} packages)\n\n${parts.map((p) => `${p.id}: ${p.license}`).join('\n')}\n`;
  return [head, ...parts.map((p) => `${p.id}\n\n${p.text}\n`)].join(`\n${'-'.repeat(72)}\n\n`);
}

function notice(folder) {
  const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying)/i.test(name));
  const text = file ? readFileSync(join(folder, file), 'utf8').replace(/\r\n/g, '\n').trim() : unfiled(folder, about);
  const named = typeof about.license === 'string' ? about.license : about.license?.type;
  return { id: `${about.name} ${about.version}`, license: named ?? (file ? 'see below' : 'MIT'), text };
}

/** The words of a licence that a package, or its read-me, names and does not bring. */
function unfiled(folder, about) {
  const readMe = readdirSync(folder).find((name) => /^readme/i.test(name));
  const named = about.license ?? readFileSync(join(folder, readMe), 'utf8').match(/^#+ Licen[cs]e\s+(\w+)\s*$/im)?.[1];
  if (named !== 'MIT') throw new Error(`no licence found in ${folder}`);
  return `Copyright (c) ${about.author?.name ?? about.author ?? `the authors of ${about.name}`}\n\n${MIT}`;
}
