// Processes are told apart exactly, found by their mark, and ended with all that they started.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startProcess } from '../../../../src/embedded/runtime/container-process.ts';
import { findCommand } from '../../../../src/embedded/runtime/find-command.ts';
import { podUidVariable } from '../../../../src/embedded/runtime/marked-processes.ts';
import { identify, isAlive, isPresent } from '../../../../src/embedded/runtime/process-identity.ts';
import { ProcessRecords } from '../../../../src/embedded/runtime/process-records.ts';
import { openStore } from '../../../../src/embedded/store/lmdb-store.ts';
import type { ObjectStore } from '../../../../src/embedded/store/object-store.ts';
import { eventually } from '../eventually.ts';

let dir: string;
let store: ObjectStore;
const children: ChildProcess[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fox-processes-'));
  store = openStore(join(dir, 'store'));
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

const forever = 'setInterval(() => {}, 1000)';
const stubborn = `process.on('SIGTERM', () => {}); console.log('up'); ${forever}`;

async function start(
  source: string,
  env: Record<string, string> = {},
): Promise<ChildProcess & { pid: number }> {
  const child = spawn(process.execPath, ['-e', source], {
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child, 'spawn');
  return child as ChildProcess & { pid: number };
}

function run(source: string, env: Record<string, string> = {}) {
  return startProcess({ program: process.execPath, name: 'node', args: ['-e', source], cwd: dir, env });
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk.toString();
  return text;
}

test('a process is alive only as the one that it is', async () => {
  const child = await start(forever);
  const identity = identify(child.pid);
  if (identity === undefined) throw new Error('it runs');
  expect(isAlive(identity)).toBe(true);
  expect(isAlive({ ...identity, startTime: '1' })).toBe(false);
  expect(isAlive({ ...identity, bootId: 'another' })).toBe(false);
  expect(isPresent(child.pid)).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(isAlive(identity)).toBe(false);
  expect(identify(child.pid)).toBeUndefined();
});

test('a process gets its environment, directory and nothing else; its end is told', async () => {
  const child = await run('console.log(JSON.stringify([process.env, process.cwd(), process.argv0]))', {
    A: 'b',
  });
  const text = textOf(child.stdout);
  child.stderr.resume();
  expect(await child.ended).toEqual({ exitCode: 0 });
  expect(JSON.parse(await text)).toEqual([{ A: 'b' }, dir, 'node']);
});

test('exit codes and signals are told; output printed at the very end is not lost', async () => {
  const failing = await run(`process.stdout.write('x'.repeat(300000)); process.exitCode = 3`);
  failing.stderr.resume();
  const [text, end] = await Promise.all([textOf(failing.stdout), failing.ended]);
  expect(text).toHaveLength(300_000);
  expect(end).toEqual({ exitCode: 3 });
  const killed = await run(forever);
  killed.stdout.resume();
  killed.stderr.resume();
  killed.signal('SIGKILL');
  expect(await killed.ended).toEqual({ exitCode: 137, signal: 9 });
  killed.signal('SIGKILL');
});

test('what a process started ends with it', async () => {
  const source = `const c = require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(stubborn)}], { stdio: 'inherit' });
    console.log(c.pid); setTimeout(() => process.exit(0), 200)`;
  const child = await run(source);
  child.stderr.resume();
  const [text] = await Promise.all([textOf(child.stdout), child.ended]);
  const grandchild = Number.parseInt(text, 10);
  expect(grandchild).toBeGreaterThan(0);
  await eventually(() => identify(grandchild) === undefined);
});

test('a program that is not there is a rejection, not a crash', async () => {
  const request = { program: join(dir, 'nothing'), name: 'nothing', args: [], cwd: dir, env: {} };
  await expect(startProcess(request)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('commands come from PATH, the working directory, the image, then the machine', async () => {
  const place = { root: dir, cwd: dir, path: '/nowhere:/bin:/usr/bin' };
  expect(await findCommand('sh', place)).toMatch(/^\/(usr\/)?bin\/sh$/);
  expect(await findCommand('/bin/sh', place)).toBe('/bin/sh');
  await expect(findCommand('nonesuch', place)).rejects.toThrow(
    'command "nonesuch" was not found in PATH (/nowhere:/bin:/usr/bin)',
  );
  await expect(findCommand('./run.sh', place)).rejects.toThrow('command "./run.sh" was not found');
  await expect(findCommand('/etc/passwd', place)).rejects.toThrow("isn't an executable file");
});

test('what a dead daemon left is ended: the recorded, the group, and what only carries the mark', async () => {
  const records = new ProcessRecords(store.records);
  const grandparent = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(stubborn)}], { stdio: 'inherit', detached: true }); ${stubborn}`;
  const recorded = await start(grandparent, { [podUidVariable]: 'uid-1' });
  const unrecorded = await start(forever, { [podUidVariable]: 'uid-2' });
  const stranger = await start(forever, { [podUidVariable]: 'uid-of-another-cluster' });
  const reused = await start(forever);
  let said = '';
  recorded.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await eventually(() => said.split('up').length > 2);
  await records.intend('uid-1', 'web');
  await records.started('uid-1', 'web', recorded.pid);
  await records.intend('uid-2', 'web');
  await store.records.update('process/uid-3/web', () => {
    const identity = identify(reused.pid);
    return { value: { identity: { ...identity, startTime: '1' } }, result: undefined };
  });
  const ended = await new ProcessRecords(store.records).endOrphans();
  expect(ended).toBe(process.platform === 'linux' ? 3 : 2);
  expect(identify(recorded.pid)).toBeUndefined();
  expect(identify(unrecorded.pid)).toBeUndefined();
  expect(identify(stranger.pid)).toBeDefined();
  expect(identify(reused.pid)).toBeDefined();
  expect(store.records.entries('process/')).toEqual([]);
});

test('a pod’s end is also that of what left the group; its record stays until then', async () => {
  const records = new ProcessRecords(store.records);
  const strays = await Promise.all(
    ['uid-1', 'uid-1', 'uid-2'].map((uid) => start(stubborn, { [podUidVariable]: uid })),
  );
  await Promise.all(strays.map(async ({ stdout }) => stdout !== null && once(stdout, 'data')));
  for (const uid of ['uid-1', 'uid-2', 'uid-3']) await records.intend(uid, 'web');
  await Promise.all([records.forget('uid-1'), records.forget('uid-3'), records.forget('unknown')]);
  expect(store.records.entries('process/').map(({ key }) => key)).toEqual(['process/uid-2/web']);
  await eventually(() => strays.filter(({ pid }) => identify(pid) !== undefined).length === 1);
  expect(identify(strays[2]?.pid ?? 0)).toBeDefined();
});
