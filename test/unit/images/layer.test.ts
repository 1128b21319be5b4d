import { truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { fixedTime, writeLayer } from '../../../src/images/layer.ts';
import { readLayer, temporaryDirectory, type Tree, writeTree } from './fixture.ts';

const signal = new AbortController().signal;

async function layerOf(tree: Tree) {
  const root = await temporaryDirectory();
  await writeTree(root, tree);
  return writeLayer(root, join(await temporaryDirectory(), 'layer.tar'), signal);
}

test('a layer holds files, directories, symlinks and executables below /app, sorted, owned by root, at one time', async () => {
  const layer = await layerOf({
    'web/server.js': { content: 'serve()' },
    'web/start': { content: '#!/bin/sh', executable: true },
    'web/empty': { content: '' },
    'web/cache': 'directory',
    'web/current': { target: '../libs/x' },
    'libs/x': { content: 'x' },
  });
  const common = { uid: 0, gid: 0, mtime: fixedTime };
  const file = { ...common, type: 'file', mode: 0o644, linkname: null };
  const directory = { ...common, type: 'directory', mode: 0o755, linkname: null, content: '' };
  expect(await readLayer(layer.file)).toEqual([
    { ...directory, name: 'app/' },
    { ...directory, name: 'app/libs/' },
    { ...file, name: 'app/libs/x', content: 'x' },
    { ...directory, name: 'app/web/' },
    { ...directory, name: 'app/web/cache/' },
    { ...common, name: 'app/web/current', type: 'symlink', mode: 0o777, linkname: '../libs/x', content: '' },
    { ...file, name: 'app/web/empty', content: '' },
    { ...file, name: 'app/web/server.js', content: 'serve()' },
    { ...file, name: 'app/web/start', mode: 0o755, content: '#!/bin/sh' },
  ]);
});

test.each([
  ['spaces', 'a b/c d'],
  ['unicode', 'ünï/😀'],
  ['a newline', 'a\nb'],
  ['a back-slash and a quote', 'a\\"b'],
  ['over 100 bytes', 'n'.repeat(120)],
  ['over 255 bytes', `${'d'.repeat(130)}/${'e'.repeat(130)}/${'n'.repeat(130)}`],
])('names with %s come through', async (_, path) => {
  const layer = await layerOf({ [path]: { content: 'x' }, link: { target: path } });
  const entries = await readLayer(layer.file);
  expect(entries.find(({ type }) => type === 'file')?.name).toBe(`app/${path}`);
  expect(entries.find(({ type }) => type === 'symlink')?.linkname).toBe(path);
});

test('a directory with a very long name comes through', async () => {
  const name = 'd'.repeat(200);
  const entries = await readLayer((await layerOf({ [`${name}/x`]: { content: '' } })).file);
  expect(entries.map((entry) => entry.name)).toEqual(['app/', `app/${name}/`, `app/${name}/x`]);
});

const name = fc.stringMatching(/^[a-z ü]{1,12}$/).filter((text) => text.trim() !== '');
const node = fc.oneof(
  fc.record({ content: fc.string(), executable: fc.boolean() }),
  fc.record({ target: fc.constantFrom('x', '../y', '/abs') }),
);
/** Files one and two levels deep; directories have a prefix, so that no name is both. */
const trees = fc.dictionary(
  fc.oneof(
    name,
    fc.tuple(name, name).map(([above, below]) => `dir-${above}/${below}`),
  ),
  node,
  { maxKeys: 8, noNullPrototype: true },
);

test('the same tree gives the same digest: on another path, in another order, with another umask and time zone', async () => {
  await fc.assert(
    fc.asyncProperty(trees, fc.constantFrom(0o022, 0o077, 0o002), async (tree, umask) => {
      const first = await layerOf(tree);
      const before = { umask: process.umask(umask), zone: process.env['TZ'] };
      process.env['TZ'] = 'Pacific/Auckland';
      try {
        const second = await layerOf(Object.fromEntries(Object.entries(tree).toReversed()));
        expect(second).toEqual({ ...first, file: second.file });
      } finally {
        process.umask(before.umask);
        if (before.zone === undefined) delete process.env['TZ'];
        else process.env['TZ'] = before.zone;
      }
    }),
    { numRuns: 25 },
  );
});

test('a changed byte, name, mode or target gives another digest', async () => {
  const variants: Tree[] = [
    { a: { content: 'x' }, l: { target: 'a' } },
    { a: { content: 'y' }, l: { target: 'a' } },
    { b: { content: 'x' }, l: { target: 'a' } },
    { a: { content: 'x', executable: true }, l: { target: 'a' } },
    { a: { content: 'x' }, l: { target: 'b' } },
  ];
  const digests = await Promise.all(variants.map(async (tree) => (await layerOf(tree)).digest));
  expect(new Set(digests).size).toBe(variants.length);
});

test('a file of many chunks is streamed whole', async () => {
  const root = await temporaryDirectory();
  await writeFile(join(root, 'big'), 'beginning');
  await truncate(join(root, 'big'), 5_000_001);
  const layer = await writeLayer(root, join(await temporaryDirectory(), 'layer.tar'), signal);
  const big = (await readLayer(layer.file)).find((entry) => entry.name === 'app/big');
  expect(big?.content.length).toBe(5_000_001);
  expect(big?.content.startsWith('beginning\0')).toBe(true);
});

test('what an image cannot hold is refused by name', async () => {
  const root = await temporaryDirectory();
  const server = createServer().listen(join(root, 'socket'));
  onTestFinished(() => void server.close());
  await expect(writeLayer(root, join(await temporaryDirectory(), 'layer.tar'), signal)).rejects.toMatchObject(
    {
      code: 'BUILD_FAILED',
      message: "/app/socket can't be stored in an image: it is neither a file nor a directory nor a symlink",
    },
  );
});

test('a name that means a removal in a layer is refused, as it would remove a file where it is unpacked', async () => {
  await expect(layerOf({ 'web/.wh.x': { content: '' } })).rejects.toMatchObject({
    code: 'BUILD_FAILED',
    message:
      '/app/web/.wh.x can\'t be stored in an image: names that begin with ".wh." have a meaning of their own there',
  });
});

// macOS doesn't even let such a file be made.
test.skipIf(process.platform === 'darwin')('a name that is not UTF-8 is refused, not changed', async () => {
  const root = await temporaryDirectory();
  await writeFile(Buffer.concat([Buffer.from(`${root}/bad-`), Buffer.from([0xff])]), '');
  const file = join(await temporaryDirectory(), 'layer.tar');
  await expect(writeLayer(root, file, signal)).rejects.toMatchObject({ code: 'BUILD_FAILED' });
  await expect(writeLayer(root, `${file}2`, signal)).rejects.toThrow('not valid UTF-8');
});

test('an aborted signal stops the writing', async () => {
  const root = await temporaryDirectory();
  await writeTree(root, { a: { content: 'x' } });
  const file = join(await temporaryDirectory(), 'layer.tar');
  await expect(writeLayer(root, file, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
});
