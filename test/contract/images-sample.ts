// A component's image for tests that put, copy and inspect it, and how they are skipped.
import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import type { BuiltImage } from '../../src/images/image.ts';
import type { ImageReference } from '../../src/images/image-store.ts';
import { treeBuilder } from '../../src/images/tree-builder.ts';

/** An image with some of everything and a file of `size` bytes. Dispose it. */
export async function buildOf(
  component: string,
  size: number,
  scratch = tmpdir(),
): Promise<BuiltImage & { readonly reference: ImageReference }> {
  const reference = {
    app: 'order-app',
    component,
    sourceHash: Buffer.from(component).toString('hex').padEnd(64, '0'),
  };
  const image = await treeBuilder(process.env).build({
    reference,
    path: 'components/web',
    readTree: async (into) => {
      const web = join(into, 'components', 'web');
      await mkdir(web, { recursive: true });
      await writeFile(join(web, 'server.js'), component);
      await truncate(join(web, 'server.js'), size);
      await writeFile(join(web, 'run'), '#!/bin/sh\n', { mode: 0o755 });
      await writeFile(join(web, 'ünï code'), '');
      await writeFile(join(web, 'n'.repeat(200)), 'long');
      await mkdir(join(web, 'd'.repeat(150)));
      await symlink('../../elsewhere', join(web, 'link'));
    },
    build: {},
    platforms: ['linux/amd64'],
    origin: { commit: 'c'.repeat(40), committedAt: 0, version: 'v1' },
    scratch,
    onOutput: () => undefined,
    signal: new AbortController().signal,
  });
  return { ...image, reference };
}

/** Skips a test and says why. */
export function skip(context: TestContext, reason: string): never {
  process.stderr.write(`skipped "${context.task.name}": ${reason}\n`);
  return context.skip(reason);
}
