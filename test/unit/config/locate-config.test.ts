// Where a config is looked for: from a directory up to the repository's root, and not beyond.
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { locateConfig, locationOf } from '../../../src/config/locate-config.ts';

/** A fresh directory with these files, without links in its path; removed after the test. */
async function directoryWith(files: Readonly<Record<string, string>>): Promise<string> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'fox-test-')));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return root;
}

test('the nearest one counts, from any directory below', async () => {
  const root = await directoryWith({
    'fox.config.yaml': 'app: a',
    'apps/b/fox.config.json': '{}',
    'apps/b/src/deep/x': '',
    'libs/y': '',
  });
  expect(await locateConfig(join(root, 'apps/b/src/deep'), root)).toEqual({
    file: 'apps/b/fox.config.json',
    directory: 'apps/b',
  });
  expect(await locateConfig(join(root, 'apps/b'), root)).toEqual({
    file: 'apps/b/fox.config.json',
    directory: 'apps/b',
  });
  expect(await locateConfig(join(root, 'libs'), root)).toEqual({ file: 'fox.config.yaml', directory: '' });
  expect(await locateConfig(root, root)).toEqual({ file: 'fox.config.yaml', directory: '' });
});

test('in one directory: yaml, yml, json, package.json', async () => {
  const names = ['package.json', 'fox.config.json', 'fox.config.yml', 'fox.config.yaml'];
  const root = await directoryWith({});
  for (const file of names) {
    await writeFile(join(root, file), '{"fox": {"app": "a"}}');
    expect((await locateConfig(root, root)).file).toBe(file);
  }
});

test('package.json counts only where it holds a config', async () => {
  const root = await directoryWith({
    'package.json': '{"name": "x", "fox": {"app": "a"}}',
    'a/package.json': '{"name": "x", "dependencies": {"fox": {}}}',
    'a/b/package.json': '{"fox": "1.0.0"}',
    'a/b/c/package.json': '{broken "fox": {',
    'a/b/c/d/package.json': '[1]',
  });
  expect(await locateConfig(join(root, 'a/b/c/d'), root)).toEqual({
    file: 'package.json',
    directory: '',
    key: 'fox',
  });
});

test('an empty file is found, so that it can be told what it lacks', async () => {
  const root = await directoryWith({ 'fox.config.yaml': '', 'a/fox.config.json': ' \n' });
  expect((await locateConfig(root, root)).file).toBe('fox.config.yaml');
  expect((await locateConfig(join(root, 'a'), root)).file).toBe('a/fox.config.json');
});

test('nothing above the root is found', async () => {
  const outer = await directoryWith({
    'fox.config.yaml': 'app: outer',
    'repository/src/x': '',
    'repository-2/fox.config.yaml': 'app: next',
  });
  const root = join(outer, 'repository');
  await expect(locateConfig(join(root, 'src'), root)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: `no fox.config.yaml in ${root}/src or a directory above it`,
    hints: [expect.stringContaining('fox init'), expect.stringContaining('--app')],
  });
  await expect(locateConfig(join(outer, 'repository-2'), root)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: `${outer}/repository-2 is not in the repository ${root}`,
  });
});

test.each([
  ['valid', 'fox/config.json', '{"app": "other"}'],
  ['broken', 'fox/config', ': not [ yaml'],
])('what the home says of another program with this name is no config: %s', async (_, file, text) => {
  const home = await directoryWith({ [file]: text, 'repository/x': '' });
  vi.stubEnv('XDG_CONFIG_HOME', home);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const root = join(home, 'repository');
  await expect(locateConfig(root, root)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: `no fox.config.yaml in ${root} or a directory above it`,
  });
});

test('a broken file that cosmiconfig wants to read in the current directory is named', async () => {
  const root = await directoryWith({ 'fox.config.yml': '', 'package.json': '{broken', 'a/x': '' });
  const before = process.cwd();
  onTestFinished(() => {
    process.chdir(before);
  });
  process.chdir(root);
  await expect(locateConfig(root, root)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: `${root}/package.json can't be read, and may hold a config`,
  });
  process.chdir(join(root, 'a'));
  expect((await locateConfig(join(root, 'a'), root)).file).toBe('fox.config.yml');
});

test('a directory that is reached by a link is the directory itself', async () => {
  const root = await directoryWith({ 'repository/fox.config.yaml': '', 'repository/a/x': '' });
  await symlink(join(root, 'repository'), join(root, 'link'));
  expect(await locateConfig(join(root, 'link/a'), join(root, 'repository'))).toEqual({
    file: 'fox.config.yaml',
    directory: '',
  });
});

test('a directory that does not exist has none', async () => {
  const root = await directoryWith({ 'fox.config.yaml': '' });
  await expect(locateConfig(join(root, 'nowhere'), root)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
});

test.each([
  ['fox.config.yaml', { file: 'fox.config.yaml', directory: '' }],
  ['a/b/fox.config.json', { file: 'a/b/fox.config.json', directory: 'a/b' }],
  ['a/package.json', { file: 'a/package.json', directory: 'a', key: 'fox' }],
  ['my-package.json', { file: 'my-package.json', directory: '' }],
])('the location of %s', (file, location) => {
  expect(locationOf(file)).toEqual(location);
});
