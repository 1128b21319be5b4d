// A program beside the daemon is started again and again, whatever keeps it from running, and ends with the daemon.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
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

test('one whose log cannot be opened is tried again, and runs once it can', async () => {
  const program = join(directory, 'program.mjs');
  await writeFile(
    program,
    "console.log('running'); process.stdin.on('end', () => process.exit(0)).resume();",
  );
  const log = join(directory, 'logs', 'keeper.log');
  const told: string[] = [];
  const supervisor = new ProgramSupervisor({
    name: 'keeper',
    program,
    nodeOptions: [],
    args: [],
    log,
    records: store.records,
    report: (message) => void told.push(message),
  });
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
