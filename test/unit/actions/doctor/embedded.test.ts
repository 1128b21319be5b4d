// What the doctor finds of an embedded cluster that doesn't run, from what it has left on disk.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { examineEmbedded } from '../../../../src/actions/doctor/embedded.ts';

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'fox-doctor-'));
});
afterEach(() => rm(home, { recursive: true }));

const limits = { signal: new AbortController().signal, patience: 5_000 };
const examineIt = () => examineEmbedded(home, 'by chance', limits, {});
const at = (second: number, text: string) =>
  `2026-11-21T13:25:${String(second).padStart(2, '0')}.149Z ${text}\n`;
const running = at(1, 'running: API https://127.0.0.1:1, router http://127.0.0.1:2');
const failed = `${at(2, 'Error: no space left on device')}    at write (store.ts:1)\n`;

test('one that was never started is as it should be', async () => {
  expect(await examineIt()).toMatchObject([
    { check: 'cluster', status: 'ok', detail: expect.stringMatching(/^embedded, by chance: doesn't run/) },
  ]);
});

test('one that was stopped is, too, whatever happened before', async () => {
  await writeFile(
    join(home, 'cluster.log'),
    running + failed + at(3, 'stopping: SIGTERM') + at(4, 'stopped'),
  );
  expect(await examineIt()).toMatchObject([{ status: 'ok' }]);
});

test('one that failed since is told of with its last error', async () => {
  const later = at(5, 'TypeError: x is not a function');
  await writeFile(join(home, 'cluster.log'), running + at(4, 'stopped') + failed + later);
  const [finding] = await examineIt();
  expect(finding).toMatchObject({
    status: 'warning',
    details: [expect.stringContaining('TypeError: x is not')],
  });
  expect(finding?.details[0]).toContain(join(home, 'cluster.log'));
});

test('one that died without a word is told of', async () => {
  const file = { process: { pid: 4_194_304, startTime: '1', bootId: 'x' }, version: '1' };
  await writeFile(join(home, 'cluster.json'), JSON.stringify(file));
  expect(await examineIt()).toMatchObject([{ status: 'warning', details: [] }]);
});
