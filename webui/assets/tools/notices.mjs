// The licences of exactly the packages that are in the bundles, in full.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const PACKAGE = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//;

export function notices(metafile, more = []) {
  const folders = new Set(more);
  for (const input of Object.keys(metafile.inputs)) {
    const match = input.match(PACKAGE);
    if (match) folders.add(match[1]);
  }
  const parts = [...folders].map(notice).sort((a, b) => (a.id < b.id ? -1 : 1));
  const head = `Third-party software in static/dist (${parts.length} packages)\n\n${parts.map((p) => `${p.id}: ${p.license}`).join('\n')}\n`;
  return [head, ...parts.map((p) => `${p.id}\n\n${p.text}\n`)].join(`\n${'-'.repeat(72)}\n\n`);
}

function notice(folder) {
  const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying)/i.test(name));
  if (!file && !about.license) throw new Error(`no licence found in ${folder}`);
  const license = typeof about.license === 'string' ? about.license : (about.license?.type ?? 'see below');
  return { id: `${about.name} ${about.version}`, license, text: file ? readFileSync(join(folder, file), 'utf8').replace(/\r\n/g, '\n').trim() : license };
}
