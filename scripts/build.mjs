// Bundles the CLI, the router and the embedded cluster into dist/, sharing what they share.
import { readFileSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true });
await build({
  absWorkingDir: new URL('..', import.meta.url).pathname,
  entryPoints: { main: 'src/main.ts', router: 'src/router/main.ts', embedded: 'src/embedded/main.ts' },
  outdir: 'dist',
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
