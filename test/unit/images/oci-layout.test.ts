import { readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as z from 'zod';
import type { BuiltImage } from '../../../src/images/image.ts';
import type { ImageReference } from '../../../src/images/image-store.ts';
import { openLayout } from '../../../src/images/oci-layout.ts';
import { treeBuilder } from '../../../src/images/tree-builder.ts';
import { buildRequest, reference, temporaryDirectory, type Tree } from './fixture.ts';

async function built(content: string): Promise<BuiltImage> {
  const tree: Tree = { 'server.js': { content } };
  return treeBuilder(process.env).build(buildRequest(await temporaryDirectory(), tree));
}

async function layoutDirectory(): Promise<string> {
  return join(await temporaryDirectory(), 'images');
}

const indexShape = z.looseObject({ manifests: z.array(z.looseObject({})) });

async function indexOf(directory: string): Promise<z.infer<typeof indexShape>> {
  return indexShape.parse(JSON.parse(await readFile(join(directory, 'index.json'), 'utf8')));
}

function blob(directory: string, digest: string): string {
  return join(directory, 'blobs', 'sha256', digest.slice('sha256:'.length));
}

test('a fresh layout has nothing, and looking makes nothing', async () => {
  const directory = await layoutDirectory();
  const layout = openLayout(directory);
  expect(await layout.find([reference('web')])).toEqual(new Map());
  expect(await layout.remove({ keep: new Set(), now: Date.now(), dryRun: true })).toEqual({
    images: [],
    bytes: 0,
  });
  await expect(stat(directory)).rejects.toThrow('ENOENT');
});

test('what was put is found by its source hash, in this process and the next', async () => {
  const directory = await layoutDirectory();
  const image = await built('a');
  const digest = await openLayout(directory).put(reference('web', 'a'), image);
  expect(digest).toBe(image.manifest.digest);
  const found = await openLayout(directory).find([reference('web', 'a'), reference('web', 'b')]);
  expect(found).toEqual(new Map([['a'.repeat(64), digest]]));
  // The same content is the same image, whichever app asks.
  const elsewhere: ImageReference = { ...reference('web', 'a'), app: 'another-app' };
  expect((await openLayout(directory).find([elsewhere])).size).toBe(1);
});

test('a read-only look finds the same and leaves no mark', async () => {
  const directory = await layoutDirectory();
  const digest = await openLayout(directory).put(reference('web', 'a'), await built('a'));
  const before = [await readdir(directory), (await stat(blob(directory, digest))).mtimeMs];
  const found = await openLayout(directory, { readOnly: true }).find([reference('web', 'a')]);
  expect(found).toEqual(new Map([['a'.repeat(64), digest]]));
  expect([await readdir(directory), (await stat(blob(directory, digest))).mtimeMs]).toEqual(before);
});

test('the directory is an OCI image layout with whole blobs under their digests, and nothing in between', async () => {
  const directory = await layoutDirectory();
  const image = await built('a');
  await openLayout(directory).put(reference('web', 'a'), image);
  expect(JSON.parse(await readFile(join(directory, 'oci-layout'), 'utf8'))).toEqual({
    imageLayoutVersion: '1.0.0',
  });
  expect(await indexOf(directory)).toEqual({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [
      {
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        digest: image.manifest.digest,
        size: image.manifest.size,
        annotations: {
          'org.opencontainers.image.ref.name': `order-app/web:${'a'.repeat(40)}`,
          'kubefox.io/source-hash': 'a'.repeat(64),
        },
      },
    ],
  });
  const digests = [image.manifest, ...image.configs, ...image.layers].map(({ digest }) =>
    digest.slice('sha256:'.length),
  );
  expect((await readdir(join(directory, 'blobs', 'sha256'))).toSorted()).toEqual(digests.toSorted());
  expect(await readdir(join(directory, '.staging'))).toEqual([]);
});

test('the first of two builds of the same source stays, so that all run one digest', async () => {
  const layout = openLayout(await layoutDirectory());
  const first = await layout.put(reference('web', 'a'), await built('built at noon'));
  expect(await layout.put(reference('web', 'a'), await built('built at midnight'))).toBe(first);
  expect(await layout.find([reference('web', 'a')])).toEqual(new Map([['a'.repeat(64), first]]));
});

test('an image with a missing or cut blob counts as missing, and is put again', async () => {
  const directory = await layoutDirectory();
  const layout = openLayout(directory);
  const image = await built('a');
  for (const damage of [rm, (file: string) => truncate(file, 10)]) {
    for (const each of [image.manifest, ...image.configs, ...image.layers]) {
      const digest = await layout.put(reference('web', 'a'), await built('a'));
      await damage(blob(directory, each.digest));
      expect((await layout.find([reference('web', 'a')])).size).toBe(0);
      expect(await layout.put(reference('web', 'a'), await built('a'))).toBe(digest);
      expect((await layout.find([reference('web', 'a')])).size).toBe(1);
    }
  }
});

test('many puts at once lose no entry', async () => {
  const directory = await layoutDirectory();
  const digits = Array.from({ length: 16 }, (_, index) => index.toString(16));
  const images = await Promise.all(digits.map((digit) => built(digit)));
  await Promise.all(
    images.map((image, index) => openLayout(directory).put(reference('web', digits[index]), image)),
  );
  expect((await openLayout(directory).find(digits.map((digit) => reference('web', digit)))).size).toBe(16);
});

test('entries of other tools stay as they are', async () => {
  const directory = await layoutDirectory();
  const layout = openLayout(directory);
  const image = await built('a');
  await layout.put(reference('web', 'a'), image);
  const foreign = {
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: image.manifest.digest,
    size: image.manifest.size,
    platform: { os: 'linux', architecture: 'arm64' },
    annotations: { 'org.opencontainers.image.ref.name': 'mine' },
  };
  const index = await indexOf(directory);
  await writeFile(
    join(directory, 'index.json'),
    JSON.stringify({ ...index, manifests: [...index.manifests, foreign] }),
  );
  await layout.put(reference('web', 'b'), await built('b'));
  expect((await indexOf(directory)).manifests).toContainEqual(foreign);
});

test('two source hashes that share their first 40 digits are told apart, never overwritten', async () => {
  const layout = openLayout(await layoutDirectory());
  await layout.put(reference('web', 'a'), await built('a'));
  const clash: ImageReference = { ...reference('web', 'a'), sourceHash: 'a'.repeat(40) + 'b'.repeat(24) };
  expect((await layout.find([clash])).size).toBe(0);
  await expect(layout.put(clash, await built('b'))).rejects.toMatchObject({ code: 'CONFLICT' });
});

test.each(['{', '[]', '{"manifests":[{}]}'])('a damaged index (%s) is named with a way out', async (text) => {
  const directory = await layoutDirectory();
  const layout = openLayout(directory);
  await layout.put(reference('web', 'a'), await built('a'));
  await writeFile(join(directory, 'index.json'), text);
  await expect(layout.find([reference('web', 'a')])).rejects.toMatchObject({
    code: 'FILE_SYSTEM',
    message: `${join(directory, 'index.json')} is damaged: it is not what an image layout holds there`,
  });
});
