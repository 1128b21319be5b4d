import { expect, test } from 'vitest';
import { FoxError } from '../../../../src/core/errors.ts';
import {
  Attempts,
  patienceOf,
  persist,
  retryAfter,
  Transient,
} from '../../../../src/images/registry/patience.ts';

const failure = new FoxError('REGISTRY_UNREACHABLE', 'away', { hints: ['try'], details: ['first'] });
const waits: number[] = [];

function options(given: Parameters<typeof patienceOf>[0] = {}, signal = new AbortController().signal) {
  waits.length = 0;
  return {
    registry: 'ghcr.io',
    patience: patienceOf({ firstWaitMs: 1, ...given }),
    signal,
    onRetry: ({ waitMs }: { readonly waitMs: number }) => void waits.push(waitMs),
  };
}

test('what fails for a moment is done again', async () => {
  let calls = 0;
  const work = () => (++calls < 4 ? Promise.reject(new Transient(failure)) : Promise.resolve('done'));
  expect(await persist(work, options())).toBe('done');
  expect(calls).toBe(4);
});

test('waits double, each half by chance, up to ten seconds', async () => {
  const attempts = new Attempts({ ...options({ attempts: 5, firstWaitMs: 4 }) });
  for (let number = 0; number < 4; number++) await attempts.pause(new Transient(failure));
  for (const [index, wait] of waits.entries()) {
    expect(wait).toBeGreaterThanOrEqual(2 * 2 ** index);
    expect(wait).toBeLessThanOrEqual(4 * 2 ** index);
  }
});

test('it is enough after so many attempts, and the failure says how many', async () => {
  let calls = 0;
  const work = () => {
    calls++;
    return Promise.reject(new Transient(failure));
  };
  await expect(persist(work, options({ attempts: 3 }))).rejects.toMatchObject({
    code: 'REGISTRY_UNREACHABLE',
    message: 'away',
    hints: ['try'],
    details: ['first', expect.stringMatching(/^Tried 3 times in \d s\.$/)],
  });
  expect(calls).toBe(3);
});

test('nothing is waited for beyond the time that there is', async () => {
  const asking = new Attempts(options({ totalMs: 50_000 }));
  await expect(asking.pause(new Transient(failure, 60_000))).rejects.toMatchObject({
    details: ['first', 'It asks to wait for 60 s.'],
  });
  expect(waits).toEqual([]);
});

test('progress makes the failures before it forgotten', async () => {
  const attempts = new Attempts(options({ attempts: 2 }));
  for (let number = 0; number < 5; number++) {
    await attempts.pause(new Transient(failure));
    attempts.progressed();
  }
  await attempts.pause(new Transient(failure));
  await expect(attempts.pause(new Transient(failure))).rejects.toThrow('away');
});

test('any other error is thrown at once', async () => {
  await expect(persist(() => Promise.reject(failure), options())).rejects.toBe(failure);
  expect(waits).toEqual([]);
});

test('an abort ends a wait', async () => {
  const aborting = new AbortController();
  const waiting = persist(() => Promise.reject(new Transient(failure)), {
    ...options({ firstWaitMs: 60_000 }, aborting.signal),
    onRetry: () => aborting.abort(),
  });
  await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
});

test.each<[string | undefined, number]>([
  ['3', 3000],
  [' 0 ', 0],
  ['Thu, 01 Jan 1970 00:01:00 GMT', 30_000],
  ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ['soon', 0],
  [undefined, 0],
])('Retry-After: %s', (header, ms) => {
  expect(retryAfter(header, 30_000)).toBe(ms);
});
