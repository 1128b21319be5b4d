import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { limitTo } from '../../../../src/images/registry/limit.ts';

test('only so many things happen at once, in the order in which they came', async () => {
  const limit = limitTo(3);
  let running = 0;
  let most = 0;
  const order: number[] = [];
  const work = (number: number) => async () => {
    order.push(number);
    most = Math.max(most, ++running);
    await turn();
    running -= 1;
    if (number === 4) throw new Error('four');
    return number;
  };
  const results = await Promise.allSettled(Array.from({ length: 10 }, (_, number) => limit(work(number))));
  expect(most).toBe(3);
  expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1);
  expect(await limit(() => Promise.resolve('still open'))).toBe('still open');
});
