import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { withLock } from '../../../src/images/file-lock.ts';
import { temporaryDirectory } from './fixture.ts';

async function lockPath(): Promise<string> {
  return join(await temporaryDirectory(), 'lock');
}

/** Number of a process that has just ended. */
async function deadPid(): Promise<number> {
  const child = spawn('true');
  await once(child, 'exit');
  return child.pid ?? 0;
}

function holder(pid: number, host = hostname()): string {
  return JSON.stringify({ token: 'theirs', pid, host });
}

test('one at a time, all in the end, and nothing is left', async () => {
  const path = await lockPath();
  let inside = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++inside);
    for (let turn = 0; turn < 5; turn++) await setImmediate();
    inside--;
    return 'done';
  };
  const results = await Promise.all(Array.from({ length: 20 }, () => withLock(path, work)));
  expect(results).toEqual(Array.from({ length: 20 }, () => 'done'));
  expect(most).toBe(1);
  expect(await readdir(join(path, '..'))).toEqual([]);
});

test('a failure of the work frees the lock', async () => {
  const path = await lockPath();
  await expect(withLock(path, () => Promise.reject(new Error('oops')))).rejects.toThrow('oops');
  expect(await withLock(path, () => Promise.resolve('free'), 0)).toBe('free');
});

test('the lock of a dead process is taken over at once, by one only', async () => {
  const path = await lockPath();
  await writeFile(path, holder(await deadPid()));
  let inside = 0;
  const work = async () => {
    expect(++inside).toBe(1);
    await setImmediate();
    inside--;
  };
  await Promise.all(Array.from({ length: 10 }, () => withLock(path, work)));
  expect(await readdir(join(path, '..'))).toEqual([]);
});

test('the lock of a living process is waited for, then named', async () => {
  const path = await lockPath();
  await writeFile(path, holder(process.pid));
  await expect(withLock(path, () => Promise.resolve(), 50)).rejects.toMatchObject({
    code: 'CONFLICT',
    message: `can't keep the lock ${path}: process ${process.pid} on ${hostname()} holds it`,
  });
  expect(await readFile(path, 'utf8')).toContain('theirs');
});

test('whether a holder on another host lives is told by its age', async () => {
  const path = await lockPath();
  await writeFile(path, holder(await deadPid(), 'another-host'));
  await expect(withLock(path, () => Promise.resolve(), 50)).rejects.toMatchObject({ code: 'CONFLICT' });
  const old = new Date(Date.now() - 61_000);
  await utimes(path, old, old);
  expect(await withLock(path, () => Promise.resolve('mine'), 50)).toBe('mine');
});

test('a lock whose holder died before it could write its name is taken over after seconds', async () => {
  const path = await lockPath();
  await writeFile(path, '');
  await expect(withLock(path, () => Promise.resolve(), 50)).rejects.toMatchObject({ code: 'CONFLICT' });
  const old = new Date(Date.now() - 6000);
  await utimes(path, old, old);
  expect(await withLock(path, () => Promise.resolve('mine'), 50)).toBe('mine');
});

test('who has lost the lock is told before it does harm, and leaves the new holder alone', async () => {
  const path = await lockPath();
  const losing = withLock(path, async (lock) => {
    await lock.check();
    await writeFile(path, holder(process.pid));
    await lock.check();
  });
  await expect(losing).rejects.toMatchObject({ code: 'CONFLICT' });
  expect(await readFile(path, 'utf8')).toContain('theirs');
});

test('a place that does not exist is named', async () => {
  const path = join(await lockPath(), 'below', 'lock');
  await expect(withLock(path, () => Promise.resolve())).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
});
