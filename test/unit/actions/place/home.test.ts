// The directory of fox's state is made whole, or refused in words.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeHome } from '../../../../src/actions/place/home.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fox-home-'));
});
afterEach(() => rm(directory, { recursive: true }));

test('is made with those above it, and ignored by git', async () => {
  const home = join(directory, 'a', 'b', '.fox');
  await makeHome(home);
  await makeHome(home);
  expect(await readFile(join(home, '.gitignore'), 'utf8')).toBe('*\n');
});

test('a file in the way is told of', async () => {
  await writeFile(join(directory, 'file'), '');
  for (const home of [join(directory, 'file'), join(directory, 'file', '.fox')]) {
    await expect(makeHome(home)).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
  }
});

test.runIf(process.platform === 'linux')('a place that takes no directories is told of', async () => {
  await expect(makeHome('/proc/fox/.fox')).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
});
