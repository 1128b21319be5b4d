// Images are unpacked as they are, and never outside of their directory.
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findImage } from '../../../../src/embedded/runtime/image-layout.ts';
import { unpackImage } from '../../../../src/embedded/runtime/image-unpack.ts';
import { type LayerEntry, type LayerSample, writeImage } from '../image-fixture.ts';

let dir: string;
let layout: string;
let root: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fox-unpack-'));
  layout = join(dir, 'images');
  root = join(dir, 'rootfs');
  await mkdir(root);
});

afterEach(() => rm(dir, { recursive: true, force: true }));

async function unpack(...layers: LayerSample[]): Promise<void> {
  const image = await findImage(layout, await writeImage(layout, layers, { WorkingDir: '/app/web' }));
  await unpackImage(layout, image, root);
}

function files(...entries: LayerEntry[]): LayerSample {
  return { entries };
}

test('files, directories, modes and links are as in the image', async () => {
  await unpack(
    files(
      { name: './app/', type: 'directory' },
      { name: 'app/run.sh', content: '#!/bin/sh', mode: 0o755 },
      { name: 'app/empty' },
      { name: '/app/locked', type: 'directory', mode: 0o555 },
      { name: 'app/locked/inside', content: 'x', mode: 0o400 },
      { name: 'app/link', type: 'symlink', linkname: 'run.sh' },
      { name: 'app/deep/absolute', type: 'symlink', linkname: '/app/run.sh' },
      { name: 'app/hard', type: 'link', linkname: 'app/run.sh' },
      { name: 'app/ümlaut with space\n', content: 'odd' },
    ),
  );
  expect((await stat(join(root, 'app/run.sh'))).mode & 0o777).toBe(0o755);
  expect((await stat(join(root, 'app/locked/inside'))).mode & 0o777).toBe(0o400);
  expect(await readFile(join(root, 'app/empty'), 'utf8')).toBe('');
  expect(await readlink(join(root, 'app/link'))).toBe('run.sh');
  expect(await readFile(join(root, 'app/deep/absolute'), 'utf8')).toBe('#!/bin/sh');
  expect((await stat(join(root, 'app/hard'))).ino).toBe((await stat(join(root, 'app/run.sh'))).ino);
  expect(await readFile(join(root, 'app/ümlaut with space\n'), 'utf8')).toBe('odd');
  expect((await stat(join(root, 'app/web'))).isDirectory()).toBe(true);
});

test('later layers replace, remove and empty what earlier ones have', async () => {
  await unpack(
    files(
      { name: 'app/a', content: 'old' },
      { name: 'app/b', content: 'b' },
      { name: 'lib/c', content: 'c' },
      { name: 'lib/d', content: 'd' },
    ),
    {
      packed: true,
      entries: [
        { name: 'app/a', content: 'new' },
        { name: 'app/.wh.b' },
        { name: 'lib/.wh..wh..opq' },
        { name: 'lib/e', content: 'e' },
      ],
    },
  );
  expect(await readFile(join(root, 'app/a'), 'utf8')).toBe('new');
  expect((await readdir(join(root, 'app'))).toSorted()).toEqual(['a', 'web']);
  expect(await readdir(join(root, 'lib'))).toEqual(['e']);
});

test('a layer of the base is left out', async () => {
  await unpack(
    { ...files({ name: 'usr/bin/node', content: 'elf' }), annotations: { 'kubefox.io/base': 'true' } },
    files({ name: 'app/a' }),
  );
  expect(await readdir(root)).toEqual(['app']);
});

test('a file larger than any buffer comes out whole', async () => {
  const content = 'fox'.repeat(1_000_000);
  await unpack({ packed: true, entries: [{ name: 'app/large', content }] });
  expect(await readFile(join(root, 'app/large'), 'utf8')).toBe(content);
});

const hostile: Record<string, LayerEntry[]> = {
  'a path that climbs out': [{ name: '../outside', content: 'x' }],
  'a path that climbs out from below': [{ name: 'app/../../outside', content: 'x' }],
  'a name that is the parent': [{ name: 'app/..', type: 'directory' }],
  'a link that leads out': [{ name: 'app/link', type: 'symlink', linkname: '../../outside' }],
  'a link through a link that leads out': [
    { name: 'top/x' },
    { name: 'a/b/d', type: 'symlink', linkname: '../../top' },
    { name: 'e', type: 'symlink', linkname: 'a/b/d/../../outside' },
  ],
  'a file behind a link that leads out': [
    { name: 'app/link', type: 'symlink', linkname: '../../' },
    { name: 'app/link/outside', content: 'x' },
  ],
  'a hard link to the outside': [{ name: 'app/hard', type: 'link', linkname: '../outside' }],
  'a whiteout of the parent': [{ name: 'app/.wh...' }],
  'links in a circle': [
    { name: 'app/a', type: 'symlink', linkname: 'b' },
    { name: 'app/b', type: 'symlink', linkname: 'a' },
  ],
  'a device': [{ name: 'dev/null', type: 'character-device' }],
};

test.each(Object.entries(hostile))('%s is refused', async (_what, entries) => {
  await writeFile(join(dir, 'outside'), 'untouched');
  await expect(unpack(files(...entries))).rejects.toMatchObject({ name: 'ImageProblem' });
  expect(await readFile(join(dir, 'outside'), 'utf8')).toBe('untouched');
  expect((await readdir(dir)).toSorted()).toEqual(['images', 'outside', 'rootfs']);
});

test('a file replaces a link rather than what it leads to', async () => {
  await unpack(
    files({ name: 'app/target', content: 'kept' }, { name: 'app/link', type: 'symlink', linkname: 'target' }),
    files({ name: 'app/link', content: 'replaced' }),
  );
  expect(await readFile(join(root, 'app/target'), 'utf8')).toBe('kept');
  expect((await lstat(join(root, 'app/link'))).isFile()).toBe(true);
});

const flip = (bytes: Buffer) => Buffer.from(bytes).fill(0x79, 600, 700);
const cut = (bytes: Buffer) => bytes.subarray(0, Math.min(800, bytes.length - 20));

test('a layer whose bytes are not those of its digest is refused', async () => {
  const entries = [{ name: 'app/a', content: 'x'.repeat(2000) }];
  await expect(unpack({ entries, damage: flip })).rejects.toThrow(/is damaged/);
  await expect(unpack({ entries, damage: cut })).rejects.toMatchObject({ name: 'ImageProblem' });
  await expect(unpack({ entries, packed: true, damage: cut })).rejects.toMatchObject({
    name: 'ImageProblem',
  });
});

test('a missing blob, an unknown packing and a reference without digest are named', async () => {
  const reference = await writeImage(layout, [files({ name: 'a' })]);
  const image = await findImage(layout, reference);
  const [layer] = image.layers;
  await rm(join(layout, 'blobs/sha256', layer?.digest.slice(7) ?? ''));
  await expect(unpackImage(layout, image, root)).rejects.toThrow(/isn't in the image store/);
  await expect(findImage(layout, `x@sha256:${'0'.repeat(64)}`)).rejects.toThrow(/isn't in the image store/);
  await expect(findImage(layout, 'node:24')).rejects.toThrow(/names no digest/);
  await expect(
    unpack({ ...files({ name: 'a' }), mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd' }),
  ).rejects.toThrow(/unpacks tar and tar\+gzip/);
});
