// Names are worked on one at a time each, again when they change, and again after failures.
import { expect, test } from 'vitest';
import { WorkQueue } from '../../../../src/embedded/controllers/work-queue.ts';
import { eventually } from '../eventually.ts';

function fail(error: unknown): never {
  throw error;
}

test('a name is never worked on twice at once, and what changes meanwhile is looked at again', async () => {
  const seen: string[] = [];
  const releases: (() => void)[] = [];
  const queue = new WorkQueue(async (key) => {
    seen.push(key);
    await new Promise<void>((resolve) => releases.push(resolve));
    return undefined;
  }, fail);
  queue.add('a');
  queue.add('a');
  queue.add('b');
  await eventually(() => releases.length === 2);
  queue.add('a');
  queue.add('a');
  expect(seen).toEqual(['a', 'b']);
  for (const release of releases.splice(0)) release();
  await eventually(() => releases.length === 1);
  expect(seen).toEqual(['a', 'b', 'a']);
  releases[0]?.();
  await queue.idle();
  expect(seen).toHaveLength(3);
});

test('a failure is reported and tried again', async () => {
  const errors: unknown[] = [];
  let attempts = 0;
  const queue = new WorkQueue(
    async () => {
      attempts += 1;
      if (attempts < 3) throw new Error(`attempt ${attempts}`);
      return undefined;
    },
    (error) => errors.push(error),
  );
  queue.add('a');
  await eventually(() => attempts === 3);
  expect(errors.map(String)).toEqual(['Error: attempt 1', 'Error: attempt 2']);
  await queue.stop();
});

test('a later look happens by itself, but not after the end', async () => {
  let looks = 0;
  const queue = new WorkQueue(async () => {
    looks += 1;
    return 5;
  }, fail);
  queue.add('a');
  await eventually(() => looks > 3);
  await queue.stop();
  const before = looks;
  queue.add('a');
  await queue.idle();
  expect(looks).toBe(before);
});
