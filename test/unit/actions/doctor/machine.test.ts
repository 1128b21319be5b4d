// What the doctor finds on a machine: Node, git, and room for fox's state.
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  checkGit,
  checkHome,
  checkNode,
  judgeSpace,
  leastNode,
} from '../../../../src/actions/doctor/machine.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fox-doctor-'));
});
afterEach(() => rm(directory, { recursive: true }));

test('Node is as new as package.json wants it', async () => {
  const { engines } = JSON.parse(await readFile('package.json', 'utf8')) as { engines: { node: string } };
  expect(engines.node).toBe(`>=${leastNode.join('.')}`);
  expect(checkNode('v20.19.0').status).toBe('ok');
  expect(checkNode('v24.0.1').status).toBe('ok');
  expect(checkNode('v20.18.3')).toMatchObject({ status: 'problem', detail: 'v20.18.3 is too old' });
  expect(checkNode('v18.20.0').fix).toContain('20.19');
});

test('git is found with its version', async () => {
  expect(await checkGit(directory)).toMatchObject({
    check: 'git',
    status: 'ok',
    detail: expect.stringMatching(/^\d+\.\d+/),
  });
});

test.each([
  ['2.30.2', 'problem'],
  ['2.36.0', 'ok'],
  ['3.0.1.windows.1', 'ok'],
])('a git that says it is %s: %s', async (version, status) => {
  const program = join(directory, 'git');
  await writeFile(program, `#!/bin/sh\necho "git version ${version}"\n`);
  await chmod(program, 0o755);
  const path = process.env['PATH'] ?? '';
  process.env['PATH'] = `${directory}:${path}`;
  try {
    expect((await checkGit(directory)).status).toBe(status);
  } finally {
    process.env['PATH'] = path;
  }
});

test('a home that can be written to stays as it is', async () => {
  expect(await checkHome(directory)).toMatchObject({
    check: 'home',
    detail: expect.stringContaining(directory),
  });
  expect(await readdir(directory)).toEqual([]);
});

test('a home that is not there yet is not made', async () => {
  expect((await checkHome(join(directory, 'a', '.fox'))).status).not.toBe('problem');
  expect(await readdir(directory)).toEqual([]);
});

test('a file in the way is told of', async () => {
  await writeFile(join(directory, '.fox'), '');
  await expect(checkHome(join(directory, '.fox', 'x'))).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
  await expect(checkHome(join(directory, '.fox'))).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
});

test.runIf(process.getuid?.() !== 0)('a directory without permission is told of', async () => {
  const home = join(directory, 'home');
  await mkdir(home, { mode: 0o500 });
  await expect(checkHome(home)).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
  await expect(checkHome(join(home, 'deeper'))).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
});

test.runIf(process.platform === 'linux')('a place that takes no files is told of', async () => {
  await expect(checkHome('/proc')).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
});

test('little room is a warning, none a problem', () => {
  expect(judgeSpace('/x', 5e9).status).toBe('ok');
  expect(judgeSpace('/x', 5e8)).toMatchObject({ status: 'warning', detail: '/x, 0.5 GiB free' });
  expect(judgeSpace('/x', 1e6)).toMatchObject({
    status: 'problem',
    fix: expect.stringContaining('FOX_HOME'),
  });
});
