import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChangeWindow } from '../../../../src/embedded/store/change-window.ts';
import type { StoreEvent } from '../../../../src/embedded/store/object-store.ts';

const limits = { events: 100, bytes: 10_000 };

function event(version: number): StoreEvent {
  const metadata = { name: `n${version}`, uid: '', resourceVersion: String(version), creationTimestamp: '' };
  return { type: 'ADDED', resource: 'pods', version, object: { apiVersion: 'v1', kind: 'Pod', metadata } };
}

/** A listener that notes the versions it hears of. */
function listener() {
  const versions: number[] = [];
  return { versions, hear: ({ version }: StoreEvent) => void versions.push(version) };
}

test('delivers what comes after a version, in order', async () => {
  const window = new ChangeWindow(5, limits);
  for (const version of [6, 7, 8]) window.push(event(version), 1);
  const { versions, hear } = listener();
  window.watch(6, hear);
  expect(versions).toEqual([]);
  await Promise.resolve();
  expect(versions).toEqual([7, 8]);
  window.push(event(9), 1);
  expect(versions).toEqual([7, 8, 9]);
});

test('delivers nothing after the watch has ended, even from within the listener', async () => {
  const window = new ChangeWindow(0, limits);
  for (const version of [1, 2, 3]) window.push(event(version), 1);
  const versions: number[] = [];
  const stop = window.watch(0, ({ version }) => {
    versions.push(version);
    if (version === 2) stop();
  });
  await Promise.resolve();
  window.push(event(4), 1);
  expect(versions).toEqual([1, 2]);
});

test('a watch that ends before its first event gets none', async () => {
  const window = new ChangeWindow(0, limits);
  window.push(event(1), 1);
  const { versions, hear } = listener();
  window.watch(0, hear)();
  await Promise.resolve();
  expect(versions).toEqual([]);
});

test('a listener that writes keeps everybody’s order', () => {
  const window = new ChangeWindow(0, limits);
  const first = listener();
  const last = listener();
  window.watch(0, first.hear);
  window.watch(0, ({ version }) => {
    if (version < 4) window.push(event(version + 1), 1);
  });
  window.watch(0, last.hear);
  window.push(event(1), 1);
  expect(first.versions).toEqual([1, 2, 3, 4]);
  expect(last.versions).toEqual([1, 2, 3, 4]);
});

test('a listener is never called while it is at work', () => {
  const window = new ChangeWindow(0, limits);
  const seen: string[] = [];
  window.watch(0, ({ version }) => {
    seen.push(`begin ${version}`);
    if (version === 1) window.push(event(2), 1);
    seen.push(`end ${version}`);
  });
  window.push(event(1), 1);
  expect(seen).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2']);
});

test('refuses versions that it no longer or not yet has', () => {
  const window = new ChangeWindow(10, limits);
  window.push(event(11), 1);
  expect(() => window.watch(9, () => undefined)).toThrow('too old resource version: 9 (10)');
  expect(() => window.watch(12, () => undefined)).toThrow(/too old/);
  expect(window.watch(11, () => undefined)).toBeTypeOf('function');
  window.restart(20);
  expect(() => window.watch(11, () => undefined)).toThrow(/too old/);
  expect(window.watch(20, () => undefined)).toBeTypeOf('function');
});

test.each([
  { what: 'events', bytes: 1 },
  { what: 'bytes', bytes: 1_000 },
])('forgets the oldest when there are too many $what', ({ bytes }) => {
  const window = new ChangeWindow(0, limits);
  const { versions, hear } = listener();
  window.watch(0, hear);
  for (let version = 1; version <= 1_000; version += 1) window.push(event(version), bytes);
  expect(versions).toHaveLength(1_000);
  expect(() => window.watch(500, () => undefined)).toThrow(/too old/);
  expect(window.watch(999, () => undefined)).toBeTypeOf('function');
});

test('whoever joins when, hears every later version once and in order', async () => {
  const step = fc.oneof(fc.constant('push' as const), fc.nat({ max: 5 }));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const window = new ChangeWindow(0, limits);
      const watches: { from: number; versions: number[] }[] = [];
      let version = 0;
      for (const one of steps) {
        if (one === 'push') {
          version += 1;
          window.push(event(version), 1);
        } else {
          const from = Math.max(0, version - one);
          const { versions, hear } = listener();
          window.watch(from, hear);
          watches.push({ from, versions });
          if (one % 2 === 0) await Promise.resolve();
        }
      }
      await Promise.resolve();
      for (const { from, versions } of watches) {
        expect(versions).toEqual(Array.from({ length: version - from }, (_, index) => from + index + 1));
      }
    }),
  );
});
