import { spawnSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeScratch, removeScratch, removeStaleScratch } from '../../../src/images/scratch.ts';
import { temporaryDirectory, writeTree } from './fixture.ts';

const day = 24 * 60 * 60 * 1000;
const file = (dir: string) => join(dir, '.owner.json');

test('a scratch directory is private, made with what is above it, and removed with all that is in it', async () => {
  const parent = join(await temporaryDirectory(), 'a', 'b');
  const scratch = await makeScratch(parent);
  expect((await stat(scratch)).mode & 0o777).toBe(0o700);
  await writeTree(scratch, { 'deep/er/file': { content: 'x' } });
  await removeScratch(scratch);
  await removeScratch(scratch);
  expect(await readdir(parent)).toEqual([]);
});

test('read-only directories that a build has left are removed, too', async (context) => {
  if (process.getuid?.() === 0) {
    process.stderr.write('skipped a test of scratch directories: root may write to read-only directories\n');
    context.skip();
  }
  const parent = await temporaryDirectory();
  const scratch = await makeScratch(parent);
  await writeTree(scratch, { 'cache/module/file': { content: 'x' } });
  await chmod(join(scratch, 'cache', 'module'), 0o555);
  await chmod(join(scratch, 'cache'), 0o500);
  await removeScratch(scratch);
  expect(await readdir(parent)).toEqual([]);
});

test('what killed builds have left goes after a day; young scratch and what is not scratch stay', async () => {
  const parent = await temporaryDirectory();
  const stale = await makeScratch(parent);
  const young = await makeScratch(parent);
  await mkdir(join(parent, 'mine'));
  const now = Date.now();
  const old = new Date(now - day - 1000);
  await utimes(stale, old, old);
  await utimes(join(parent, 'mine'), old, old);
  await removeStaleScratch(parent, now);
  expect((await readdir(parent)).toSorted()).toEqual([young.slice(parent.length + 1), 'mine'].toSorted());
});

test('what a build has left that was killed goes at once, also where another process has its pid now', async () => {
  const parent = await temporaryDirectory();
  const [mine, killed, taken, elsewhere, unwritten] = (await Promise.all(
    Array.from({ length: 5 }, async () => makeScratch(parent)),
  )) as [string, string, string, string, string];
  const own = JSON.parse(await readFile(file(mine), 'utf8')) as object;
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  await writeFile(file(killed), JSON.stringify({ ...own, pid }));
  await writeFile(file(taken), JSON.stringify({ ...own, start: 'earlier' }));
  await writeFile(file(elsewhere), JSON.stringify({ ...own, pid, space: 'another' }));
  await writeFile(file(unwritten), '{');
  await removeStaleScratch(parent, Date.now());
  expect((await readdir(parent)).map((name) => join(parent, name)).toSorted()).toEqual(
    [mine, elsewhere, unwritten].toSorted(),
  );
});

test('there is nothing to clean where nothing was built', async () => {
  const missing = join(await temporaryDirectory(), 'missing');
  await expect(removeStaleScratch(missing, Date.now())).resolves.toBeUndefined();
});
