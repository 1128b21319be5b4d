// Bundles the CLI, the router, the keeper and the embedded cluster into dist/, sharing what they share; and what components may import.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundlePreload } from './bundle-preload.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** A hash of the code that reads configs: what an older build remembered as valid may not be so any more. */
function configBuild() {
  const hash = createHash('sha256');
  for (const folder of ['src/config', 'src/core']) {
    const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
    for (const name of files.filter((each) => each.endsWith('.ts')).toSorted())
      hash.update(readFileSync(join(root, folder, name)));
  }
  return hash.digest('hex');
}

// Built beside the old one, which stays usable until then and when the build fails.
const fresh = join(root, `dist-${process.pid}`);
const dist = join(root, 'dist');
const preload = bundlePreload();
const options = {
  absWorkingDir: root,
  outdir: fresh,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // Function and class names appear in stacks that users report; only white space is worth removing.
  minifyWhitespace: true,
  define: {
    FOX_VERSION: JSON.stringify(version),
    FOX_CONFIG_BUILD: JSON.stringify(configBuild()),
    FOX_PRELOAD: JSON.stringify(preload),
  },
  // Some dependencies are CommonJS and call require() for Node's own modules.
  banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  logLevel: 'warning',
};
await build({
  ...options,
  entryPoints: { main: 'src/main.ts', embedded: 'src/embedded/main.ts' },
  splitting: true,
  // lmdb is native code; x509's class decorators don't survive bundling.
  external: ['lmdb', '@peculiar/x509'],
});
// Files that need nothing beside them: they are all that the image of router and keeper holds.
await build({ ...options, entryPoints: { router: 'src/router/main.ts', keeper: 'src/keeper/main.ts' } });
// For `node --import fox/preload`, and the same that pods are given.
writeFileSync(join(fresh, 'preload.js'), preload);
// To be read and copied, and with its types.
await build({
  absWorkingDir: root,
  outdir: fresh,
  entryPoints: ['src/component/component.ts'],
  format: 'esm',
  platform: 'node',
  target: 'node18',
  logLevel: 'warning',
});
execFileSync(
  process.execPath,
  [
    'node_modules/typescript/bin/tsc',
    'src/component/component.ts',
    '--ignoreConfig',
    '--declaration',
    '--emitDeclarationOnly',
    '--outDir',
    fresh,
    '--strict',
    '--target',
    'es2023',
    '--module',
    'nodenext',
    '--types',
    'node',
  ],
  { cwd: root, stdio: 'inherit' },
);

rmSync(`${fresh}-old`, { recursive: true, force: true });
if (existsSync(dist)) renameSync(dist, `${fresh}-old`);
renameSync(fresh, dist);
rmSync(`${fresh}-old`, { recursive: true, force: true });
