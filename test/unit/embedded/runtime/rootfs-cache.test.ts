// Unpacked images are shared, appear whole, and go when nothing needs them.
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openRootfsCache } from '../../../../src/embedded/runtime/rootfs-cache.ts';
import { writeImage, writeProgram } from '../image-fixture.ts';

let dir: string;
let layout: string;
let unpacked: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fox-rootfs-'));
  layout = join(dir, 'images');
  unpacked = join(dir, 'rootfs');
});

/** What is unpacked, beside the file that keeps the repository's package.json away. */
async function roots(): Promise<string[]> {
  return (await readdir(unpacked)).filter((name) => name !== 'package.json');
}

afterEach(() => rm(dir, { recursive: true, force: true }));

test('many at once get one directory, unpacked once', async () => {
  const reference = await writeProgram(layout, '1');
  const other = reference.replace('sample', 'another-name');
  const cache = openRootfsCache(layout, unpacked);
  const all = await Promise.all([reference, reference, other, reference].map((name) => cache.obtain(name)));
  expect(new Set(all.map(({ root }) => root)).size).toBe(1);
  expect(await readFile(join(all[0]?.root ?? '', 'app/server.js'), 'utf8')).toBe('1');
  expect(await roots()).toHaveLength(1);
  expect((await cache.obtain(reference)).fresh).toBe(false);
});

test('an image that fails leaves nothing, and succeeds once it is repaired', async () => {
  const damaged = await writeImage(layout, [
    { entries: [{ name: 'a', content: 'x' }], damage: () => Buffer.from('') },
  ]);
  const cache = openRootfsCache(layout, unpacked);
  await expect(cache.obtain(damaged)).rejects.toMatchObject({ name: 'ImageProblem' });
  expect(await roots()).toEqual([]);
  await writeImage(layout, [{ entries: [{ name: 'a', content: 'x' }] }]);
  expect((await cache.obtain(damaged)).fresh).toBe(true);
});

test('the sweep removes what is old and unused, and what was left half-done', async () => {
  const cache = openRootfsCache(layout, unpacked);
  const [used, old, young] = await Promise.all(['1', '2', '3'].map((source) => writeProgram(layout, source)));
  if (used === undefined || old === undefined || young === undefined)
    throw new Error('three images were written');
  const paths = await Promise.all([used, old, young].map(async (name) => (await cache.obtain(name)).root));
  const yesterday = new Date(Date.now() - 86_400_000);
  for (const path of paths.slice(0, 2)) await utimes(path, yesterday, yesterday);
  await mkdir(join(unpacked, '.tmp-abc'));
  await cache.sweep([used, 'no digest at all']);
  const names = new Set(await roots());
  expect(names).toEqual(new Set([used, young].map((name) => name.split(':')[1])));
});

test('a sweep before anything was unpacked does nothing', async () => {
  await expect(openRootfsCache(layout, unpacked).sweep([])).resolves.toBeUndefined();
});

test('the package.json of a repository around it is not that of a component', async () => {
  await writeFile(join(dir, 'package.json'), '{ "type": "module" }');
  const { root } = await openRootfsCache(layout, unpacked).obtain(
    await writeProgram(layout, 'process.stdout.write(typeof require)'),
  );
  expect(execFileSync(process.execPath, [join(root, 'app/server.js')], { encoding: 'utf8' })).toBe(
    'function',
  );
});
