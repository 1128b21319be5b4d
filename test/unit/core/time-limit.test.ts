// Time limits come, whatever is collected as garbage meanwhile.
import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { timeLimit } from '../../../src/core/time-limit.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test('it comes after garbage was collected', async () => {
  const limit = timeLimit(100, new AbortController().signal);
  const collecting = setInterval(collectGarbage, 10);
  try {
    await once(limit, 'abort', { signal: AbortSignal.timeout(10_000) });
  } finally {
    clearInterval(collecting);
  }
  expect(limit.reason).toMatchObject({ name: 'TimeoutError' });
});

test('the signals that it joins come before it', () => {
  const controller = new AbortController();
  const limit = timeLimit(60_000, controller.signal);
  expect(limit.aborted).toBe(false);
  const reason = new Error('enough');
  controller.abort(reason);
  expect(limit.reason).toBe(reason);
});
