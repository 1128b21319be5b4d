// Others have their turn in long work.
import { expect, test } from 'vitest';
import { turns } from '../../../../../src/actions/environments/end/turns.ts';

test('what waits gets its turn while work goes on that waits for nothing', async () => {
  const served: string[] = [];
  setTimeout(() => served.push('it'), 0);
  const nextTurn = turns();
  const deadline = performance.now() + 10_000;
  while (served.length === 0 && performance.now() < deadline) await nextTurn();
  expect(served).toEqual(['it']);
});
