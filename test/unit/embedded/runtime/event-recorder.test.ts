// Events are counted rather than repeated, and bounded.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EventRecorder } from '../../../../src/embedded/runtime/event-recorder.ts';
import { openStore } from '../../../../src/embedded/store/lmdb-store.ts';
import type { KubeObject, ObjectStore } from '../../../../src/embedded/store/object-store.ts';

let dir: string;
let store: ObjectStore;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fox-events-'));
  store = openStore(join(dir, 'store'));
});

afterEach(async () => {
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

function fail(error: unknown): never {
  throw error;
}

const pod: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'p',
    namespace: 'default',
    uid: 'u',
    resourceVersion: '7',
    creationTimestamp: '2026-01-01T00:00:00Z',
  },
};

function events() {
  return store.list('events', 'default').items;
}

test('an event says what happened to which object', async () => {
  const recorder = new EventRecorder(store, fail);
  recorder.record(pod, 'Warning', 'BackOff', 'back-off 1s', 'web');
  await recorder.settled();
  expect(events()).toEqual([
    expect.objectContaining({
      type: 'Warning',
      reason: 'BackOff',
      message: 'back-off 1s',
      count: 1,
      involvedObject: expect.objectContaining({
        kind: 'Pod',
        name: 'p',
        uid: 'u',
        fieldPath: 'spec.containers{web}',
      }),
    }),
  ]);
});

test('the same again is counted, also by the next daemon, and begun anew when somebody removed it', async () => {
  const first = new EventRecorder(store, fail);
  first.record(pod, 'Normal', 'Started', 'Started container web');
  first.record(pod, 'Normal', 'Started', 'Started container web');
  await first.settled();
  const second = new EventRecorder(store, fail);
  second.record(pod, 'Normal', 'Started', 'Started container web');
  await second.settled();
  expect(events().map((event) => event['count'])).toEqual([3]);
  await store.remove('events', 'default', events()[0]?.metadata.name ?? '');
  second.record(pod, 'Normal', 'Started', 'Started container web');
  await second.settled();
  expect(events().map((event) => event['count'])).toEqual([1]);
});

test('the latest 500 are kept', async () => {
  const recorder = new EventRecorder(store, fail);
  for (let index = 0; index < 520; index++) recorder.record(pod, 'Normal', 'Tick', `tick ${index}`);
  await recorder.settled();
  const messages = new Set(events().map((event) => event['message']));
  expect(messages.size).toBe(500);
  expect(messages.has('tick 519')).toBe(true);
  expect(messages.has('tick 19')).toBe(false);
});

test('an event that cannot be stored is reported, not thrown', async () => {
  const errors: unknown[] = [];
  const recorder = new EventRecorder(store, (error) => errors.push(error));
  await store.close();
  recorder.record(pod, 'Normal', 'Started', 'x');
  await recorder.settled();
  expect(errors).toHaveLength(1);
  store = openStore(join(dir, 'store'));
});
