// The router's program, bundled from the sources as they are, to be started as a process of its own.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

/** The program, until it is removed. */
export interface RouterBundle {
  readonly program: string;
  readonly remove: () => Promise<void>;
}

/** Bundles it into a directory of its own. */
export async function bundleRouter(): Promise<RouterBundle> {
  const directory = await mkdtemp(join(tmpdir(), 'fox-router-bundle-'));
  const program = join(directory, 'router.mjs');
  await build({
    entryPoints: ['src/router/main.ts'],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    logLevel: 'warning',
  });
  return { program, remove: async () => rm(directory, { recursive: true, force: true }) };
}
