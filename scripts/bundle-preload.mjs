// Bundles what fox loads into components that ask for `propagation: node`: one small text that needs nothing beside it.
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

/** The program's text; it runs on Node 18.19 and later. */
export function bundlePreload() {
  const { outputFiles } = buildSync({
    absWorkingDir: fileURLToPath(new URL('..', import.meta.url)),
    entryPoints: ['src/component/preload.ts'],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node18.19',
    logLevel: 'warning',
  });
  return outputFiles[0].text;
}
