// Work on many things at once: within the limit, and ended in order when something fails.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { inParallel } from '../../../src/core/in-parallel.ts';

const items = Array.from({ length: 20 }, (_, index) => index);

test('is done for each item, never on more than the limit', async () => {
  const done: number[] = [];
  let [now, most] = [0, 0];
  await inParallel(items, 4, async (item) => {
    most = Math.max(most, ++now);
    await nextTurn();
    now--;
    done.push(item);
  });
  expect(done.toSorted((a, b) => a - b)).toEqual(items);
  expect(most).toBe(4);
});

test('begins nothing after a failure, and throws it when what is under way has ended', async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const work = inParallel(items, 3, async (item) => {
    begun.push(item);
    await nextTurn();
    if (item === 1) throw new Error('one failed');
    await nextTurn();
    ended.push(item);
  });
  await expect(work).rejects.toThrow('one failed');
  expect(begun.length).toBeLessThan(items.length);
  expect(ended).toEqual(begun.filter((item) => item !== 1));
});

test('ends with the signal', async () => {
  const ending = new AbortController();
  const begun: number[] = [];
  const work = inParallel(
    items,
    2,
    async (item) => {
      begun.push(item);
      await nextTurn();
      if (item === 3) ending.abort(new Error('cancelled'));
    },
    ending.signal,
  );
  await expect(work).rejects.toThrow('cancelled');
  expect(begun.length).toBeLessThan(items.length);
});
