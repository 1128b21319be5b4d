// A program beside the daemon is started again and again, whatever keeps it from running, and ends with the daemon.
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ProgramSupervisor } from '../../../../src/embedded/daemon/program-supervisor.ts';
import { openStore } from '../../../../src/embedded/store/lmdb-store.ts';
import type { ObjectStore } from '../../../../src/embedded/store/object-store.ts';
import { eventually } from '../eventually.ts';

let directory = '';
let store: ObjectStore;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fox-test-'));
  store = openStore(join(directory, 'store'));
});

afterEach(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

function supervise(program: string, log: string, told: string[] = []): ProgramSupervisor {
  return new ProgramSupervisor({
    name: 'keeper',
    program,
    nodeOptions: [],
    args: [],
    log,
    records: store.records,
    report: (message) => void told.push(message),
  });
}

test('one whose log cannot be opened is tried again, and runs once it can', async () => {
  const program = join(directory, 'program.mjs');
  await writeFile(
    program,
    "console.log('running'); process.stdin.on('end', () => process.exit(0)).resume();",
  );
  const log = join(directory, 'logs', 'keeper.log');
  const told: string[] = [];
  const supervisor = supervise(program, log, told);
  try {
    await eventually(() => told.length > 0);
    expect(told[0]).toMatch(/^the keeper ended before it began: .*ENOENT.*; starting it again/);
    await mkdir(join(directory, 'logs'));
    await eventually(async () => (await readFile(log, 'utf8').catch(() => '')).includes('running'));
    expect(store.records.get('keeper')).toMatchObject({ pid: expect.any(Number) as number });
  } finally {
    await supervisor.stop();
  }
  expect(store.records.get('keeper')).toBeUndefined();
});

test('the log of one that says much is turned over while it runs', async () => {
  const program = join(directory, 'program.mjs');
  await writeFile(
    program,
    `process.stdout.write('begins\\n' + 'x'.repeat(6 * 1024 * 1024) + '\\n');
    setInterval(() => console.log('goes on'), 10);
    process.stdin.on('end', () => process.exit(0)).resume();`,
  );
  const log = join(directory, 'keeper.log');
  const supervisor = supervise(program, log);
  try {
    await eventually(async () => (await sizeOf(`${log}.1`)) > 0 && (await sizeOf(log)) < 1024 * 1024);
    expect((await readFile(`${log}.1`, 'utf8')).startsWith('begins\n')).toBe(true);
    await eventually(async () => (await readFile(log, 'utf8')).startsWith('goes on\n'));
    expect((await stat(`${log}.1`)).mode & 0o777).toBe(0o600);
  } finally {
    await supervisor.stop();
  }
});

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}
