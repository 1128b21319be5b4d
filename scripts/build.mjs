// Bundles the CLI, the router and the embedded cluster into dist/, sharing what they share.
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

// Built beside the old one, which stays usable until then and when the build fails.
const root = fileURLToPath(new URL('..', import.meta.url));
const fresh = join(root, `dist-${process.pid}`);
const dist = join(root, 'dist');
await build({
  absWorkingDir: root,
  entryPoints: { main: 'src/main.ts', router: 'src/router/main.ts', embedded: 'src/embedded/main.ts' },
  outdir: fresh,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // Function and class names appear in stacks that users report; only white space is worth removing.
  minifyWhitespace: true,
  // lmdb is native code; x509's class decorators don't survive bundling.
  external: ['lmdb', '@peculiar/x509'],
  define: { FOX_VERSION: JSON.stringify(version) },
  // Some dependencies are CommonJS and call require() for Node's own modules.
  banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  logLevel: 'warning',
});

rmSync(`${fresh}-old`, { recursive: true, force: true });
if (existsSync(dist)) renameSync(dist, `${fresh}-old`);
renameSync(fresh, dist);
rmSync(`${fresh}-old`, { recursive: true, force: true });
