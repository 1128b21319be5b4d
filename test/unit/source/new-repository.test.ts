// Repositories and commits that fox makes itself, whatever the user has told git.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  commitAll,
  createRepository,
  isInWorkTree,
  listTags,
  tagCommit,
} from '../../../src/source/new-repository.ts';
import { repositoryWith, run, setEnvironment, temporaryDirectory, write } from './fixture.ts';

test('a repository with a commit and tags, by fox where git knows no name', async () => {
  const directory = await temporaryDirectory();
  setEnvironment({ GIT_CEILING_DIRECTORIES: join(directory, '..') });
  expect(await isInWorkTree(directory)).toBe(false);
  await createRepository(directory);
  expect(await isInWorkTree(directory)).toBe(true);
  expect(await isInWorkTree(join(directory, '.git'))).toBe(false);
  await write(directory, { 'a b': '1', ignored: 'x', '.gitignore': 'ignored' });
  await commitAll(directory, 'Start: "quoted" and ünïcödé');
  expect(await run(directory, 'log', '-1', '--format=%an <%ae> %s %D')).toBe(
    'fox <fox@localhost> Start: "quoted" and ünïcödé HEAD -> main',
  );
  expect(await run(directory, 'ls-files')).toBe('.gitignore\na b');
  await tagCommit(directory, 'v1');
  await write(directory, { 'a b': '2' });
  await commitAll(directory, 'Next');
  await tagCommit(directory, 'v2');
  expect(await listTags(directory)).toEqual(['v1', 'v2']);
  expect(await run(directory, 'rev-list', '--count', 'HEAD')).toBe('2');
});

test('the name that git knows, and neither signatures nor hooks', async () => {
  const directory = await temporaryDirectory();
  const home = await temporaryDirectory();
  await write(home, {
    config: `[user]\n\tname = Jane\n\temail = jane@localhost\n[commit]\n\tgpgsign = true\n[tag]\n\tgpgsign = true\n[gpg]\n\tprogram = false\n[core]\n\thooksPath = ${home}/hooks\n[init]\n\tdefaultBranch = trunk\n`,
    'hooks/pre-commit': { executable: '#!/bin/sh\nexit 1\n' },
  });
  setEnvironment({ GIT_CONFIG_GLOBAL: join(home, 'config') });
  await createRepository(directory);
  await write(directory, { a: '1' });
  await commitAll(directory, 'Start');
  await tagCommit(directory, 'v1');
  expect(await run(directory, 'log', '-1', '--format=%an %D')).toBe('Jane HEAD -> main, tag: v1');
});

test('a directory inside of a repository is in its work tree; without git nobody knows', async () => {
  const directory = await repositoryWith({ x: '1' });
  await mkdir(join(directory, 'sub'));
  expect(await isInWorkTree(join(directory, 'sub'))).toBe(true);
  setEnvironment({ PATH: join(directory, 'sub') });
  await expect(isInWorkTree(directory)).rejects.toMatchObject({
    code: 'GIT_NOT_READY',
    message: 'git is not installed, or not on PATH',
  });
});
