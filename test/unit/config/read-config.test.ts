// Configs that were valid are remembered; nothing depends on it.
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { configLine, readConfig, rememberedConfig } from '../../../src/config/read-config.ts';
import { smallest } from './sample.ts';

const source = { file: 'fox.config.yaml', directory: '', text: smallest };
let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'fox-home-'));
});
afterEach(async () => rm(home, { recursive: true }));

test('a valid config is remembered by its text and place', async () => {
  expect(await rememberedConfig(source, home)).toBeUndefined();
  const config = await readConfig(source, home);
  expect(await rememberedConfig(source, home)).toEqual(config);
  expect(await readConfig(source, home)).toEqual(config);
  expect(await rememberedConfig({ ...source, text: `${smallest}\n` }, home)).toBeUndefined();
  const elsewhere = { ...source, file: 'apps/shop/fox.config.yaml', directory: 'apps/shop' };
  expect((await readConfig(elsewhere, home)).app.components['web']?.path).toBe('apps/shop/web');
});

test('a config that is not valid is never remembered', async () => {
  const wrong = { ...source, text: smallest.replace('path: web', 'pth: web') };
  await expect(readConfig(wrong, home)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  expect(await readdir(home)).toEqual([]);
});

test('without a home nothing is written', async () => {
  await readConfig(source, join(home, 'none'));
  expect(await readdir(home)).toEqual([]);
});

test('a torn memory, or one that can not be written, is done without', async () => {
  const config = await readConfig(source, home);
  const directory = join(home, 'cache', 'config');
  for (const name of await readdir(directory)) await writeFile(join(directory, name), '{"app":');
  expect(await readConfig(source, home)).toEqual(config);
  await rm(join(home, 'cache'), { recursive: true });
  await writeFile(join(home, 'cache'), 'a file is in the way');
  expect(await readConfig(source, home)).toEqual(config);
});

test('no more is kept than is of use', async () => {
  await mkdir(join(home, 'cache'));
  for (let index = 0; index < 70; index++)
    await readConfig({ ...source, text: `${smallest}# ${index}\n` }, home);
  expect((await readdir(join(home, 'cache', 'config'))).length).toBeLessThanOrEqual(64);
});

test('lines of a config can be asked for later', async () => {
  expect(await configLine(source, ['components', 'web', 'path'])).toBe(4);
});
