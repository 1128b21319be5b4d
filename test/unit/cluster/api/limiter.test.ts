import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Limiter } from '../../../../src/cluster/api/limiter.ts';

it('lets so many in at once, the others in their order', async () => {
  const limiter = new Limiter(2);
  const inside: number[] = [];
  const entering = [1, 2, 3, 4].map(async (each) => {
    await limiter.enter();
    inside.push(each);
  });
  await setImmediate();
  expect(inside).toEqual([1, 2]);
  limiter.leave();
  await setImmediate();
  expect(inside).toEqual([1, 2, 3]);
  limiter.leave();
  limiter.leave();
  await Promise.all(entering);
  expect(inside).toEqual([1, 2, 3, 4]);
  limiter.leave();
  await limiter.enter();
});
