import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, type TestContext } from 'vitest';
import * as z from 'zod';
import type { BuiltImage } from '../../src/images/image.ts';
import { imageName } from '../../src/images/image-store.ts';
import { openLayout } from '../../src/images/oci-layout.ts';
import { buildOf, skip } from './images-sample.ts';

/** A layout with one image, and the name by which skopeo finds it. */
async function putSample(
  context: TestContext,
): Promise<{ directory: string; name: string; image: BuiltImage }> {
  try {
    execFileSync('skopeo', ['--version']);
  } catch {
    skip(context, 'skopeo is not installed');
  }
  const directory = await mkdtemp(join(tmpdir(), 'fox-test-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const image = await buildOf('web', 100_000);
  await openLayout(join(directory, 'images')).put(image.reference, image);
  await image.dispose();
  return { directory, name: `oci:${join(directory, 'images')}:${imageName(image.reference)}`, image };
}

function skopeo(...args: readonly string[]): string {
  return execFileSync('skopeo', args, { encoding: 'utf8', stdio: 'pipe' });
}

test('skopeo finds an image by its name and agrees on its digest', async (context) => {
  const { name, image } = await putSample(context);
  const inspected = z.looseObject({}).parse(JSON.parse(skopeo('inspect', name)));
  expect(inspected).toMatchObject({
    Digest: image.manifest.digest,
    Architecture: 'amd64',
    Os: 'linux',
    Created: null,
    Layers: image.layers.map((layer) => layer.digest),
  });
  expect(skopeo('inspect', '--config', name)).toContain('"WorkingDir": "/app/components/web"');
});

test('skopeo copies an image byte for byte, checking every digest, and tar unpacks it', async (context) => {
  const { directory, name, image } = await putSample(context);
  const copy = join(directory, 'copy');
  skopeo('copy', '--preserve-digests', name, `dir:${copy}`);
  expect(await readFile(join(copy, 'manifest.json'))).toEqual(Buffer.from(image.manifest.bytes));
  const layer = join(copy, image.layers[0]?.digest.slice('sha256:'.length) ?? '');
  const listed = execFileSync('tar', ['-tf', layer, '--quoting-style=literal'], { encoding: 'utf8' }).split(
    '\n',
  );
  const web = 'app/components/web';
  const below = [`${'d'.repeat(150)}/`, 'link', 'n'.repeat(200), 'run', 'server.js', 'ünï code'];
  expect(listed).toEqual([
    'app/',
    'app/components/',
    `${web}/`,
    ...below.map((each) => `${web}/${each}`),
    '',
  ]);
});

test('what skopeo adds to the layout stays when fox adds and removes images', async (context) => {
  const { directory, name, image } = await putSample(context);
  const layout = join(directory, 'images');
  skopeo('copy', name, `oci:${layout}:copied`);
  const another = await buildOf('api', 1000);
  await openLayout(layout).put(another.reference, another);
  await another.dispose();
  const nextDay = Date.now() + 24 * 60 * 60 * 1000;
  const removed = await openLayout(layout).remove({ keep: new Set(), now: nextDay });
  expect(removed.images).toHaveLength(2);
  expect(skopeo('inspect', `oci:${layout}:copied`)).toContain(image.manifest.digest);
});
