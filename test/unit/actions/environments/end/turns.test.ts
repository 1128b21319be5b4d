// Others have their turn in long work.
import { expect, test } from 'vitest';
import { turns } from '../../../../../src/actions/environments/end/turns.ts';

test('what waits gets its turn while work goes on that waits for nothing', async () => {
  let wasServed = false;
  setTimeout(() => (wasServed = true), 0);
  const nextTurn = turns();
  const deadline = performance.now() + 10_000;
  while (!wasServed && performance.now() < deadline) await nextTurn();
  expect(wasServed).toBe(true);
});
