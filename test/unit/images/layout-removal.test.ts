import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { openLayout } from '../../../src/images/oci-layout.ts';
import { treeBuilder } from '../../../src/images/tree-builder.ts';
import { buildRequest, reference, temporaryDirectory } from './fixture.ts';

const hour = 60 * 60 * 1000;

/** A layout with an image per component; content `shared` gives two components one layer. */
async function layoutWith(contents: Readonly<Record<string, string>>) {
  const directory = join(await temporaryDirectory(), 'images');
  const layout = openLayout(directory);
  const digests: Record<string, string> = {};
  for (const [digit, content] of Object.entries(contents)) {
    const request = buildRequest(
      await temporaryDirectory(),
      { [`${digit.length}`]: { content } },
      { path: '' },
    );
    const image = await treeBuilder(process.env).build(request);
    digests[digit] = await layout.put(reference('web', digit), image);
  }
  const find = async () => {
    const found = await layout.find(Object.keys(contents).map((digit) => reference('web', digit)));
    return Object.keys(contents).filter((digit) => found.has(digit.repeat(64)));
  };
  const blobs = async () => (await readdir(join(directory, 'blobs', 'sha256'))).length;
  return { directory, layout, digests, find, blobs };
}

test('what is kept stays; the rest goes with its blobs when it is no longer young', async () => {
  const { layout, digests, find, blobs } = await layoutWith({ a: 'one', b: 'two' });
  const keep = new Set([digests['a'] ?? '']);
  expect(await layout.remove({ keep, now: Date.now() })).toEqual({ images: [], bytes: 0 });
  expect(await blobs()).toBe(6);

  const now = Date.now() + hour;
  const planned = await layout.remove({ keep, now, dryRun: true });
  expect(planned.images).toEqual([`order-app/web:${'b'.repeat(40)}`]);
  expect(planned.bytes).toBeGreaterThan(1024);
  expect(await blobs()).toBe(6);
  expect(await layout.remove({ keep, now })).toEqual(planned);
  expect(await blobs()).toBe(3);
  expect(await find()).toEqual(['a']);
});

test('a blob that another image reaches stays', async () => {
  const { layout, digests, find } = await layoutWith({ a: 'same', b: 'same', c: 'other' });
  expect(digests['a']).toBe(digests['b']);
  await layout.remove({ keep: new Set([digests['a'] ?? '']), now: Date.now() + hour });
  expect(await find()).toEqual(['a', 'b']);
});

test('an image that was just found is about to run, so it stays however old it is', async () => {
  const { directory, layout, digests, find } = await layoutWith({ a: 'one' });
  const old = new Date(Date.now() - 5 * hour);
  for (const name of await readdir(join(directory, 'blobs', 'sha256'))) {
    await utimes(join(directory, 'blobs', 'sha256', name), old, old);
  }
  await find();
  expect((await layout.remove({ keep: new Set(), now: Date.now() })).images).toEqual([]);
  expect((await layout.find([reference('web', 'a')])).get('a'.repeat(64))).toBe(digests['a']);
});

test('images of other tools, and what they reach through an index, stay', async () => {
  const { directory, layout, digests, blobs } = await layoutWith({ a: 'one' });
  const inner = JSON.stringify({ schemaVersion: 2, manifests: [await entryOf(directory)] });
  const hex = 'f'.repeat(64);
  await writeFile(join(directory, 'blobs', 'sha256', hex), inner);
  const entry = {
    mediaType: 'application/vnd.oci.image.index.v1+json',
    digest: `sha256:${hex}`,
    size: inner.length,
  };
  await writeFile(join(directory, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [entry] }));
  expect(await layout.remove({ keep: new Set(), now: Date.now() + hour })).toEqual({ images: [], bytes: 0 });
  expect(await blobs()).toBe(4);
  expect(digests['a']).toBeDefined();
});

test('old blobs that nothing reaches and files of killed processes go, young ones stay', async () => {
  const { directory, layout, digests, blobs } = await layoutWith({ a: 'one' });
  const old = new Date(Date.now() - 2 * hour);
  const leftovers = [join('blobs', 'sha256', 'e'.repeat(64)), join('.staging', 'old'), 'index.lock.old'];
  for (const name of leftovers) {
    await writeFile(join(directory, name), '');
    await utimes(join(directory, name), old, old);
  }
  await writeFile(join(directory, '.staging', 'young'), '');
  await writeFile(join(directory, 'blobs', 'sha256', 'd'.repeat(64)), '');
  await layout.remove({ keep: new Set([digests['a'] ?? '']), now: Date.now() });
  expect(await blobs()).toBe(4);
  expect(await readdir(join(directory, '.staging'))).toEqual(['young']);
  expect((await readdir(directory)).filter((name) => name.startsWith('index.lock'))).toEqual([]);
});

test('whatever is kept, exactly that is found afterwards, and no blob too many is there', async () => {
  const images = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('x', 'y', 'z'), {
    noNullPrototype: true,
  });
  await fc.assert(
    fc.asyncProperty(images, fc.subarray(['a', 'b', 'c', 'd']), async (contents, kept) => {
      const { layout, digests, find, blobs } = await layoutWith(contents);
      const keep = new Set(kept.flatMap((digit) => digests[digit] ?? []));
      await layout.remove({ keep, now: Date.now() + hour });
      // The same content is the same digest: keeping one keeps its twins.
      expect(await find()).toEqual(Object.keys(contents).filter((digit) => keep.has(digests[digit] ?? '')));
      expect(await blobs()).toBe(keep.size * 3);
    }),
    { numRuns: 15 },
  );
});

async function entryOf(directory: string): Promise<unknown> {
  const shape = z.object({ manifests: z.array(z.unknown()) });
  return shape.parse(JSON.parse(await readFile(join(directory, 'index.json'), 'utf8'))).manifests[0];
}
