// The identity of a component's content: what changes it, and what doesn't.
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sourceHash } from '../../../src/core/version/identity.ts';
import { commit, type Files, open, repositoryWith, run, temporaryDirectory, write } from './fixture.ts';

const files: Files = {
  'services/web/server.js': 'web',
  'services/web/run.sh': { executable: '#!/bin/sh' },
  'services/web/current': { link: 'server.js' },
  'services/api/server.js': 'api',
  'services/apis/server.js': 'neighbour',
  'libs/format/index.js': 'format',
  'lock.json': '{}',
  'README.md': 'read me',
  '.gitignore': '*.log\n',
};

const components: Readonly<Record<string, { path: string; shared: string[] }>> = {
  web: { path: 'services/web', shared: ['libs/format'] },
  api: { path: 'services/api', shared: ['lock.json'] },
  worker: { path: 'services/api', shared: [] },
  everything: { path: '', shared: [] },
};

/** Source hash of each component at a commit. */
async function hashes(directory: string, treeish = 'HEAD'): Promise<Map<string, string>> {
  const repository = await open(directory);
  const paths = Object.values(components).flatMap(({ path, shared }) => [path, ...shared]);
  const identities = await repository.identify(treeish, paths);
  const id = (path: string) => identities.get(path)?.id ?? `nothing at ${path}`;
  return new Map(
    Object.entries(components).map(([component, { path, shared }]) => {
      const ids = Object.fromEntries(shared.map((each) => [each, id(each)]));
      return [component, sourceHash({ component, path, tree: id(path), shared: ids, build: {} })];
    }),
  );
}

/** Names of the components whose hash a commit after `change` has changed. */
async function changedBy(change: (directory: string) => Promise<unknown>): Promise<string[]> {
  const directory = await repositoryWith(files);
  const before = await hashes(directory);
  await change(directory);
  await commit(directory);
  const after = await hashes(directory);
  return [...before.keys()].filter((name) => before.get(name) !== after.get(name));
}

describe('what changes which component', () => {
  test.each<[string, (directory: string) => Promise<unknown>, string[]]>([
    ['nothing', async () => undefined, []],
    ['a byte', (at) => write(at, { 'services/web/server.js': 'wEb' }), ['web']],
    [
      'a byte of two components on one path',
      (at) => write(at, { 'services/api/server.js': 'x' }),
      ['api', 'worker'],
    ],
    ['a byte of a directory with a longer name', (at) => write(at, { 'services/apis/server.js': 'x' }), []],
    ['a new file', (at) => write(at, { 'services/web/new': '' }), ['web']],
    ['a file that goes', (at) => rm(join(at, 'services/web/run.sh')), ['web']],
    [
      'another name',
      (at) => rename(join(at, 'services/web/server.js'), join(at, 'services/web/main.js')),
      ['web'],
    ],
    ['another mode', (at) => chmod(join(at, 'services/web/server.js'), 0o755), ['web']],
    ['another mode back', (at) => chmod(join(at, 'services/web/run.sh'), 0o644), ['web']],
    ['another target of a link', (at) => write(at, { 'services/web/current': { link: 'run.sh' } }), ['web']],
    ['a file in place of a link', (at) => write(at, { 'services/web/current': 'server.js' }), ['web']],
    [
      'a byte moved to the next file',
      (at) =>
        write(at, { 'services/web/server.js': 'we', 'services/web/run.sh': { executable: 'b#!/bin/sh' } }),
      ['web'],
    ],
    ['a shared directory', (at) => write(at, { 'libs/format/more.js': '' }), ['web']],
    ['a shared file', (at) => write(at, { 'lock.json': '{ }' }), ['api']],
    ['the mode of a shared file', (at) => chmod(join(at, 'lock.json'), 0o755), ['api']],
    [
      'a link in place of a shared file, to text that is the same',
      (at) => write(at, { 'lock.json': { link: '{}' } }),
      ['api'],
    ],
    ['a shared file that goes', (at) => rm(join(at, 'lock.json')), ['api']],
    ['a shared directory that becomes a file', (at) => write(at, { 'libs/format': 'x' }), ['web']],
    ['what is beside the components', (at) => write(at, { 'README.md': 'x', 'docs/a.md': 'y' }), []],
    ['an empty directory', (at) => mkdir(join(at, 'services/web/empty')), []],
  ])('%s', async (_, change, expected) => {
    // A component that is the whole repository changes with any of it.
    const anything = await changedBy(change);
    expect(anything.filter((name) => name !== 'everything')).toEqual(expected);
  });

  test('the whole repository, by anything', async () => {
    expect(await changedBy((at) => write(at, { 'README.md': 'x' }))).toEqual(['everything']);
  });

  test('nothing that git ignores, and nothing that is not committed', async () => {
    const directory = await repositoryWith(files);
    const before = await hashes(directory);
    await write(directory, { 'services/web/debug.log': 'x', 'services/web/server.js': 'not committed' });
    expect(await hashes(directory)).toEqual(before);
  });
});

describe('the same commit has the same hashes', () => {
  test('in two clones, a shallow one, a linked work tree, and at any place', async () => {
    const directory = await repositoryWith(files);
    await commit(directory, { 'later.txt': 'a second commit, so that a shallow clone lacks one' });
    const elsewhere = await temporaryDirectory();
    await run(elsewhere, 'clone', '--quiet', directory, 'full');
    await run(elsewhere, 'clone', '--quiet', '--depth=1', `file://${directory}`, 'deep/in/shallow');
    await run(directory, 'worktree', 'add', '--quiet', join(elsewhere, 'tree'), 'HEAD');
    const expected = await hashes(directory);
    expect(await run(join(elsewhere, 'deep/in/shallow'), 'rev-list', '--count', 'HEAD')).toBe('1');
    expect(await hashes(join(elsewhere, 'full'))).toEqual(expected);
    expect(await hashes(join(elsewhere, 'deep/in/shallow'))).toEqual(expected);
    expect(await hashes(join(elsewhere, 'tree'))).toEqual(expected);
  });

  test('whatever was checked out, and in a commit that only restores it', async () => {
    const directory = await repositoryWith(files);
    const first = await run(directory, 'rev-parse', 'HEAD');
    const expected = await hashes(directory);
    await commit(directory, { 'services/web/server.js': 'x', 'lock.json': 'y' });
    expect(await hashes(directory, first)).toEqual(expected);
    await run(directory, 'revert', '--no-edit', 'HEAD');
    expect(await hashes(directory)).toEqual(expected);
  });
});

describe('what a path is', () => {
  test('a directory, a file with its mode, a link, or nothing', async () => {
    const repository = await open(await repositoryWith(files));
    const found = await repository.identify('HEAD', [
      '',
      'services/web',
      'lock.json',
      'services/web/run.sh',
      'services/web/current',
      'services/we',
      'services/web/server.js/x',
    ]);
    expect(
      [...found].map(([path, identity]) => [
        path,
        identity?.type,
        identity?.id.replace(/[0-9a-f]{40}$/, '#'),
      ]),
    ).toEqual([
      ['', 'directory', '#'],
      ['services/web', 'directory', '#'],
      ['lock.json', 'file', '100644:#'],
      ['services/web/run.sh', 'file', '100755:#'],
      ['services/web/current', 'link', '120000:#'],
      ['services/we', undefined, undefined],
      ['services/web/server.js/x', undefined, undefined],
    ]);
  });

  test('a submodule, also where its commit is here by chance', async () => {
    const inner = await repositoryWith({ x: 'inner' });
    const directory = await repositoryWith(files);
    await run(
      directory,
      '-c',
      'protocol.file.allow=always',
      'submodule',
      '--quiet',
      'add',
      inner,
      'libs/inner',
    );
    await commit(directory);
    const repository = await open(directory);
    expect((await repository.identify('HEAD', ['libs/inner'])).get('libs/inner')?.type).toBe('submodule');
    await run(directory, 'fetch', '--quiet', inner, 'main');
    const again = await open(directory);
    expect((await again.identify('HEAD', ['libs/inner'])).get('libs/inner')?.type).toBe('submodule');
    expect((await again.identify('HEAD', ['libs/inner/x'])).get('libs/inner/x')).toBeUndefined();
  });

  const oddNames = [
    'a b',
    'ünïcödé',
    '日本',
    '"quoted"',
    "it's",
    '-dash',
    ':(top)x',
    ':!x',
    'a:b',
    '*',
    '[a]',
    'a^{tree}',
    'back\\slash',
    'HEAD',
    '~',
    'tab\there',
  ];

  test.each(oddNames)('of any name: %s', async (name) => {
    const directory = await repositoryWith({
      [`${name}/file`]: 'x',
      [`shared/${name}`]: { executable: 'y' },
      other: 'z',
    });
    const repository = await open(directory);
    const found = await repository.identify('HEAD', [name, `shared/${name}`]);
    expect(found.get(name)).toEqual({
      type: 'directory',
      id: await run(directory, 'rev-parse', `HEAD:${name}`),
    });
    expect(found.get(`shared/${name}`)?.id).toMatch(/^100755:/);
  });

  test('in a repository of SHA-256 objects', async () => {
    const directory = await repositoryWith(files, '--object-format=sha256');
    const repository = await open(directory);
    expect(await repository.commit('HEAD')).toMatch(/^[0-9a-f]{64}$/);
    const found = await repository.identify('HEAD', ['services/web', 'lock.json']);
    expect(found.get('services/web')?.id).toMatch(/^[0-9a-f]{64}$/);
    expect(found.get('lock.json')?.id).toMatch(/^100644:[0-9a-f]{64}$/);
  });
});
