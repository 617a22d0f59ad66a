// Builds webui/static/dist from the sources here: `node build.mjs` writes it, `node build.mjs --check` compares it byte by byte.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { sprite } from './tools/icons.mjs';
import { notices } from './tools/notices.mjs';

const here = dirname(fileURLToPath(import.meta.url));
process.chdir(here); // module paths in the metafile, and so the notices, are relative to this folder
const OUT = join('..', 'static', 'dist');

const ENTRIES = {
  app: 'src/app/index.js',
  base: 'src/css/base.css',
  viewer: 'src/viewer/index.js',
  rehearsal: 'src/rehearsal/index.js',
  designer: 'src/designer/index.js',
  decisions: 'src/decisions/index.js',
  forms: 'src/forms/index.js',
  compare: 'src/viewer/compare.js',
};

// Exactly the rules that bpmnlint's recommendation names; its own packer needs another bundler.
const lintRules = {
  name: 'bpmnlint-rules',
  setup(bundler) {
    bundler.onResolve({ filter: /^virtual:bpmnlint-rules$/ }, ({ path }) => ({ path, namespace: 'lint' }));
    bundler.onLoad({ filter: /.*/, namespace: 'lint' }, async () => {
      const { default: recommended } = await import('bpmnlint/config/recommended.js');
      const names = Object.keys(recommended.rules).sort();
      const imports = names.map((name, index) => `import r${index} from 'bpmnlint/rules/${name}';`).join('\n');
      return { resolveDir: here, contents: `${imports}\nexport default {${names.map((name, index) => `'${name}': r${index}`).join(',')}};` };
    });
  },
};

// CodeMirror puts its styles into a <style> element of the page, which our policy refuses; a sheet of its own is allowed.
const adoptedStyles = {
  name: 'adopted-styles',
  setup(bundler) {
    bundler.onLoad({ filter: /style-mod[/\\]src[/\\]style-mod\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      if (!source.includes('!root.head && root.adoptedStyleSheets')) throw new Error(`${path} is not as expected`);
      return { contents: source.replace('!root.head && root.adoptedStyleSheets', 'root.adoptedStyleSheets'), loader: 'js' };
    });
  },
};

// The FEEL editor takes all words before the cursor for one name, so that nothing is offered behind "and", "then" or "30 or":
// what is offered begins at the first word from which on the text begins a name.
const completedNames = {
  name: 'completed-names',
  setup(bundler) {
    bundler.onLoad({ filter: /feel-editor[/\\]dist[/\\]index\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const began = 'from: typedInput ? typedInput.from : nodeBefore.from';
      if (!source.includes(began)) throw new Error(`${path} is not as expected`);
      const words = '[...(typedInput?.text ?? "").matchAll(/\\w+/g)].map(({ index }) => typedInput.from + index)';
      const begins = '(at) => options.some(({ label }) => label.toLowerCase().startsWith(state.sliceDoc(at, pos).toLowerCase()))';
      return { contents: source.replace(began, () => `from: ${words}.find(${begins}) ?? nodeBefore.from`), loader: 'js' };
    });
  },
};

// The form editor completes the names that the form reads and writes, also one half typed: with a module of ours it completes
// those that the form writes and those of the process around it.
const knownVariables = {
  name: 'known-variables',
  setup(bundler) {
    bundler.onLoad({ filter: /form-js-editor[/\\]dist[/\\]index\.es\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const asked = 'const schema = form.getSchema();\n  return getSchemaVariables(schema);';
      const named = /useVariables\(\)\.map\(name => \(\{\s*name\s*\}\)\)/g;
      if (!source.includes(asked) || !named.test(source)) throw new Error(`${path} is not as expected`);
      const known = "return useService('knownVariables')(getSchemaVariables(form.getSchema(), { inputs: false }));";
      return { contents: source.replace(asked, () => known).replaceAll(named, 'useVariables()'), loader: 'js' };
    });
  },
};

async function bundle() {
  const result = await build({
    entryPoints: ENTRIES,
    outdir: OUT,
    bundle: true,
    format: 'esm',
    target: ['es2022'],
    minify: true,
    charset: 'utf8',
    splitting: true, // the editors share most of their code
    chunkNames: 'chunks/[name]-[hash]',
    assetNames: 'fonts/[name]-[hash]',
    jsx: 'automatic',
    jsxImportSource: '@bpmn-io/properties-panel/preact',
    loader: { '.woff2': 'file', '.woff': 'empty', '.ttf': 'empty', '.eot': 'empty', '.svg': 'dataurl' },
    alias: { '@camunda/feel-builtins': './src/shared/functions.js' }, // what the editors offer to call is what the server calls
    plugins: [lintRules, adoptedStyles, completedNames, knownVariables],
    legalComments: 'none', // THIRD_PARTY_NOTICES.txt has every licence in full
    metafile: true,
    write: false,
    logLevel: 'warning',
    absWorkingDir: here,
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  const files = new Map(result.outputFiles.map((file) => [relative(OUT, relative(here, file.path)), Buffer.from(file.contents)]));
  files.set('icons.svg', Buffer.from(sprite('../templates', 'node_modules/@tabler/icons')));
  files.set('THIRD_PARTY_NOTICES.txt', Buffer.from(notices(result.metafile, ['node_modules/@tabler/icons'])));
  const hashes = [...files].map(([name, bytes]) => [name, createHash('sha256').update(bytes).digest('hex').slice(0, 16)]);
  files.set('manifest.json', Buffer.from(`${JSON.stringify(Object.fromEntries(hashes.sort()), null, 1)}\n`));
  return files;
}

function check(files) {
  const stored = existsSync(OUT) ? readdirSync(OUT, { recursive: true, withFileTypes: true }) : [];
  const names = stored.filter((entry) => entry.isFile()).map((entry) => relative(OUT, join(entry.parentPath ?? entry.path, entry.name)));
  const stray = names.filter((name) => !files.has(name));
  const stale = [...files].filter(([name, bytes]) => !names.includes(name) || !readFileSync(join(OUT, name)).equals(bytes)).map(([name]) => name);
  if (stray.length || stale.length) {
    console.error('static/dist is not what the sources build to.', { stale, stray });
    process.exit(1);
  }
  console.log(`static/dist equals the build (${files.size} files)`);
}

function write(files) {
  rmSync(OUT, { recursive: true, force: true });
  for (const [name, bytes] of files) {
    mkdirSync(dirname(join(OUT, name)), { recursive: true });
    writeFileSync(join(OUT, name), bytes);
    console.log(name.padEnd(26), `${(bytes.length / 1024).toFixed(1).padStart(7)} KB`, `${(gzipSync(bytes).length / 1024).toFixed(1).padStart(6)} KB gz`);
  }
}

const files = await bundle();
if (process.argv.includes('--check')) check(files);
else write(files);
