// Opening a repository, finding commits and names, and what is told where there are none.
import { mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { FoxError } from '../../../src/core/errors.ts';
import { Repository } from '../../../src/source/repository.ts';
import {
  commit,
  open,
  replaceGit,
  repositoryWith,
  run,
  setEnvironment,
  temporaryDirectory,
  write,
} from './fixture.ts';

describe('a repository', () => {
  test('is opened from anywhere inside, also through a link', async () => {
    const directory = await repositoryWith({ 'a/b/c': '' });
    expect(await open(directory)).toMatchObject({ root: directory, prefix: '' });
    expect(await open(join(directory, 'a/b'))).toMatchObject({ root: directory, prefix: 'a/b' });
    const link = join(await temporaryDirectory(), 'link');
    await symlink(join(directory, 'a'), link);
    expect(await open(link)).toMatchObject({ root: directory, prefix: 'a' });
  });

  test('may be a linked work tree, or have its git directory elsewhere', async () => {
    const directory = await repositoryWith({ x: '1' });
    const elsewhere = await temporaryDirectory();
    await run(directory, 'worktree', 'add', '--quiet', join(elsewhere, 'linked'));
    await run(elsewhere, 'clone', '--quiet', '--separate-git-dir=git', directory, 'clone');
    for (const name of ['linked', 'clone']) {
      const repository = await open(join(elsewhere, name));
      expect(repository.root).toBe(join(elsewhere, name));
      expect(await repository.file('HEAD', 'x')).toBe('1');
    }
  });

  test.each<[string, (directory: string) => Promise<string>]>([
    ['outside of any', async () => temporaryDirectory()],
    [
      'in a bare one',
      async (directory) => {
        await run(directory, 'clone', '--quiet', '--bare', '.', 'bare.git');
        return join(directory, 'bare.git');
      },
    ],
    ['in its git directory', async (directory) => join(directory, '.git')],
    ['in a directory that does not exist', async (directory) => join(directory, 'nowhere')],
  ])('is not found %s', async (_, place) => {
    const at = await place(await repositoryWith({ x: '1' }));
    // A repository around the temporary directories is none of this test's.
    setEnvironment({ GIT_CEILING_DIRECTORIES: join(at, '..') });
    const error: unknown = await Repository.open(at).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'GIT_NOT_READY',
      exitCode: 3,
      message: `${at} is not inside a git work tree`,
    });
    expect((error as FoxError).hints.join()).toContain('git init');
  });

  test('is told apart from a machine without git', async () => {
    const directory = await repositoryWith({ x: '1' });
    setEnvironment({ PATH: await temporaryDirectory() });
    await expect(Repository.open(directory)).rejects.toMatchObject({
      code: 'GIT_NOT_READY',
      message: 'git is not installed, or not on PATH',
    });
  });

  test('needs a git that is new enough, and says so', async () => {
    const directory = await repositoryWith({ x: '1' });
    await replaceGit(
      'for a in "$@"; do [ "$a" = --batch-command ] && { echo "error: unknown option \\`batch-command\'" >&2; exit 129; }; done\nexec "$GIT" "$@"',
    );
    const repository = await open(directory);
    await expect(repository.commit('HEAD')).rejects.toMatchObject({
      code: 'GIT_NOT_READY',
      message: 'this git is too old',
      hints: [expect.stringContaining('2.36')],
    });
  });

  test('that belongs to somebody else is named as that', async () => {
    const directory = await repositoryWith({ x: '1' });
    await replaceGit(
      `echo "fatal: detected dubious ownership in repository at '${directory}'" >&2\nexit 128`,
    );
    await expect(Repository.open(directory)).rejects.toMatchObject({
      code: 'GIT_NOT_READY',
      message: 'git refuses to read this repository: it belongs to another user',
      details: [expect.stringContaining('dubious ownership')],
    });
  });
});

describe('a commit', () => {
  test('is found by branch, tag, annotated tag, short id and expression', async () => {
    const directory = await repositoryWith({ x: '1' });
    const first = await run(directory, 'rev-parse', 'HEAD');
    await run(directory, 'tag', 'v1');
    await run(directory, 'tag', '--annotate', '--message', 'm', 'v1-signed');
    await run(directory, 'branch', 'feature/x');
    const second = await commit(directory, { x: '2' });
    const repository = await open(directory);
    for (const ref of [
      'v1',
      'v1-signed',
      'feature/x',
      'refs/tags/v1',
      first,
      first.slice(0, 10),
      'HEAD~1',
      'main^',
    ]) {
      expect([ref, await repository.commit(ref)]).toEqual([ref, first]);
    }
    expect(await repository.commit('HEAD')).toBe(second);
    await run(directory, 'checkout', '--quiet', '--detach', first);
    expect(await repository.commit('HEAD')).toBe(first);
  });

  test.each([
    'v9',
    '0'.repeat(40),
    'HEAD:x',
    'HEAD^{tree}',
    '',
    '-x',
    'a b',
    'a\nHEAD',
    '--all',
    'HEAD..main',
    'x\0',
  ])('is not found by "%s"', async (ref) => {
    const repository = await open(await repositoryWith({ x: '1' }));
    await expect(repository.commit(ref)).rejects.toMatchObject({
      code: 'REF_NOT_FOUND',
      exitCode: 2,
      message: `there is no commit "${ref}" in this clone`,
    });
    // The next question isn't answered with what is left of this one.
    expect(await repository.file('HEAD', 'x')).toBe('1');
  });

  test('is asked for more precisely where a few digits fit several', async () => {
    const directory = await repositoryWith({ x: '1' });
    const repository = await open(directory);
    // Among 70 commits, two begin with the same hex digit out of 16; git wants at least four, so look for these.
    const script =
      'for i in $(seq 700); do echo "commit refs/heads/many"; echo "committer T <t@localhost> $i +0000"; echo "data 0"; done | git fast-import --quiet && git rev-list many | cut -c1-4 | sort | uniq -d | head -1';
    await write(directory, { 'many.tmp': { executable: `#!/bin/sh\n${script}\n` } });
    const digits = await run(directory, '-c', 'alias.many=!sh many.tmp', 'many');
    expect(digits).toMatch(/^[0-9a-f]{4}$/);
    await expect(repository.commit(digits)).rejects.toMatchObject({
      code: 'REF_NOT_FOUND',
      message: `"${digits}" is the beginning of several ids`,
    });
  });

  test('is missing in a new repository', async () => {
    const repository = await open(await repositoryWith());
    await expect(repository.commit('HEAD')).rejects.toMatchObject({
      code: 'GIT_NOT_READY',
      message: 'this repository has no commit yet',
    });
    await expect(repository.commit('main')).rejects.toMatchObject({ code: 'REF_NOT_FOUND' });
  });

  test('that a shallow clone lacks is said to be elsewhere', async () => {
    const directory = await repositoryWith({ x: '1' });
    const first = await run(directory, 'rev-parse', 'HEAD');
    await commit(directory, { x: '2' });
    const elsewhere = await temporaryDirectory();
    await run(elsewhere, 'clone', '--quiet', '--depth=1', `file://${directory}`, 'shallow');
    const repository = await open(join(elsewhere, 'shallow'));
    const error: unknown = await repository.commit(first).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'REF_NOT_FOUND' });
    expect((error as FoxError).hints.join()).toContain('git fetch');
  });
});

describe('names at a commit', () => {
  test('are its tags, its branches, and which of them is checked out', async () => {
    const directory = await repositoryWith({ x: '1' });
    const first = await run(directory, 'rev-parse', 'HEAD');
    await run(directory, 'tag', 'v1');
    await run(directory, 'tag', '--annotate', '--message', 'm', 'release/1.0');
    await run(directory, 'branch', 'feature/x');
    const repository = await open(directory);
    const names = async (id: string) => {
      const { tags, branches, head } = await repository.namesAt(id);
      return { tags: tags.toSorted(), branches: branches.toSorted(), head };
    };
    expect(await names(first)).toEqual({
      tags: ['release/1.0', 'v1'],
      branches: ['feature/x', 'main'],
      head: 'main',
    });
    const second = await commit(directory, { x: '2' });
    expect(await names(first)).toEqual({
      tags: ['release/1.0', 'v1'],
      branches: ['feature/x'],
      head: undefined,
    });
    expect(await names(second)).toEqual({ tags: [], branches: ['main'], head: 'main' });
    await run(directory, 'checkout', '--quiet', '--detach');
    expect(await names(second)).toEqual({ tags: [], branches: ['main'], head: undefined });
  });
});

describe('files', () => {
  test('are read as text at a commit; other things are not', async () => {
    const directory = await repositoryWith({ 'a b/ü.yaml': 'text: ü\n', link: { link: 'x' } });
    await write(directory, { 'a b/ü.yaml': 'changed' });
    const repository = await open(directory);
    expect(await repository.file('HEAD', 'a b/ü.yaml')).toBe('text: ü\n');
    expect(await repository.file('HEAD', 'a b')).toBeUndefined();
    expect(await repository.file('HEAD', 'nothing')).toBeUndefined();
    expect(await repository.file('HEAD', 'line\nbreak')).toBeUndefined();
  });

  test('are found by name, anywhere in a commit', async () => {
    const repository = await open(
      await repositoryWith({
        'fox.config.yaml': '',
        'a/ü b/fox.config.json': '',
        'a/fox.config.yaml.bak': '',
        'fox.config.yml/x': '',
      }),
    );
    expect(
      (
        await repository.filesNamed('HEAD', ['fox.config.yaml', 'fox.config.yml', 'fox.config.json'])
      ).toSorted(),
    ).toEqual(['a/ü b/fox.config.json', 'fox.config.yaml']);
  });
});

test('one process answers for any number of components', async () => {
  const components = Array.from({ length: 150 }, (_, n) => `services/s${n}`);
  const directory = await repositoryWith(
    Object.fromEntries(
      components.flatMap((path) => [
        [`${path}/a`, path],
        [`${path}/b`, path],
      ]),
    ),
  );
  const log = join(await temporaryDirectory(), 'log');
  await replaceGit(`echo "$*" >> '${log}'\nexec "$GIT" "$@"`);
  const repository = await open(directory);
  const head = await repository.commit('HEAD');
  const identities = await repository.identify(head, [...components, 'services/s0/a', 'services/s1/b', '']);
  await repository.file(head, 'services/s0/a');
  expect([...identities.values()].filter((identity) => identity !== undefined)).toHaveLength(153);
  const processes = (await readFile(log, 'utf8')).trim().split('\n');
  expect(processes).toHaveLength(2);
  expect(processes.filter((line) => line.startsWith('cat-file'))).toHaveLength(1);
});

describe('the surroundings', () => {
  test('of a git hook, or of another repository, mislead nobody', async () => {
    const other = await repositoryWith({ x: 'other' });
    const directory = await repositoryWith({ x: '1' });
    await mkdir(join(directory, 'sub'));
    setEnvironment({
      GIT_DIR: join(other, '.git'),
      GIT_WORK_TREE: other,
      GIT_INDEX_FILE: join(other, '.git/index'),
      GIT_PREFIX: 'sub/',
      GIT_OBJECT_DIRECTORY: join(other, '.git/objects'),
      GIT_CONFIG_PARAMETERS: "'core.bare=true'",
      GIT_GLOB_PATHSPECS: '1',
      GIT_ICASE_PATHSPECS: '1',
    });
    const repository = await open(join(directory, 'sub'));
    expect(repository).toMatchObject({ root: directory, prefix: 'sub' });
    expect(await repository.file('HEAD', 'x')).toBe('1');
  });

  test('of a shell with its own editor, pager, askpass, ssh and prefix are allowed', async () => {
    const directory = await repositoryWith({ x: '1' });
    setEnvironment({
      GIT_EDITOR: 'vi',
      EDITOR: 'vi',
      GIT_SEQUENCE_EDITOR: 'vi',
      GIT_ASKPASS: '/bin/echo',
      SSH_ASKPASS: '/bin/echo',
      GIT_SSH: 'ssh',
      GIT_SSH_COMMAND: 'ssh -v',
      GIT_PAGER: 'less',
      PAGER: 'less',
      PREFIX: '/usr/local',
      GIT_EXTERNAL_DIFF: 'diff',
      GIT_PROXY_COMMAND: 'nc',
      GIT_TEMPLATE_DIR: '/nowhere',
      GIT_CONFIG_COUNT: '3',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
      GIT_CONFIG_KEY_1: 'core.sshCommand',
      GIT_CONFIG_VALUE_1: 'ssh',
      GIT_CONFIG_KEY_2: 'credential.helper',
      GIT_CONFIG_VALUE_2: 'store',
      LANG: 'de_DE.UTF-8',
      LC_ALL: 'de_DE.UTF-8',
    });
    const repository = await open(directory);
    expect((await repository.namesAt(await repository.commit('HEAD'))).branches).toEqual(['main']);
  });

  test("keep the user's own configuration, as of directories that are safe", async () => {
    const directory = await repositoryWith({ x: '1' });
    const config = join(await temporaryDirectory(), 'config');
    await write(join(config, '..'), { config: '[status]\n\tshowUntrackedFiles = all\n' });
    const log = join(config, '../log');
    await replaceGit(
      `echo "$GIT_CONFIG_GLOBAL $GIT_SSH_COMMAND $GIT_TERMINAL_PROMPT $LC_ALL" >> '${log}'\nexec "$GIT" "$@"`,
    );
    setEnvironment({ GIT_CONFIG_GLOBAL: config, GIT_SSH_COMMAND: 'ssh -x', GIT_TERMINAL_PROMPT: '1' });
    await (await open(directory)).commit('HEAD');
    expect(new Set((await readFile(log, 'utf8')).trim().split('\n'))).toEqual(
      new Set([`${config} ssh -x 0 C`]),
    );
  });
});
