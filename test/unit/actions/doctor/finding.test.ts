// A check of the doctor ends in time, and what it throws is what it found.
import { expect, test } from 'vitest';
import { attempt, examine, ok } from '../../../../src/actions/doctor/finding.ts';
import { FoxError } from '../../../../src/core/errors.ts';

const quiet = () => new AbortController().signal;

test('a value is passed on', async () => {
  const outcome = await attempt('x', { signal: quiet(), patience: 1_000 }, async () => 1);
  expect(outcome).toEqual({ value: 1 });
});

test('an expected error is a problem with its words, details and hints', async () => {
  const error = new FoxError('GIT_NOT_READY', 'no git', {
    hints: ['Install it.', 'Or not.'],
    details: ['a', 'b'],
  });
  const found = await examine('git', { signal: quiet(), patience: 1_000 }, () => Promise.reject(error));
  expect(found).toEqual([
    { check: 'git', status: 'problem', detail: 'no git', details: ['a', 'b'], fix: 'Install it. Or not.' },
  ]);
});

test('an unexpected one is a problem, too', async () => {
  const found = await examine('git', { signal: quiet(), patience: 1_000 }, () =>
    Promise.reject(new TypeError('oops')),
  );
  expect(found).toMatchObject([{ check: 'git', status: 'problem', detail: 'the check itself failed: oops' }]);
  expect(found[0]?.fix).toContain('report');
});

test('what hangs is told of after its time, even if it is deaf', async () => {
  let told = false;
  const found = await examine('registry', { signal: quiet(), patience: 20 }, (signal) => {
    signal.addEventListener('abort', () => (told = true));
    return new Promise(() => undefined);
  });
  expect(found).toMatchObject([{ status: 'problem', detail: 'no answer within 0.02 s' }]);
  expect(told).toBe(true);
});

test('an error that comes of being ended is not the finding', async () => {
  const found = await examine('registry', { signal: quiet(), patience: 20 }, (signal) => {
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(new FoxError('CANCELLED', 'cancelled')));
    });
  });
  expect(found).toMatchObject([{ detail: 'no answer within 0.02 s' }]);
});

test('Ctrl-C ends it as a whole', async () => {
  const controller = new AbortController();
  const reason = new FoxError('CANCELLED', 'cancelled');
  const running = examine(
    'x',
    { signal: controller.signal, patience: 60_000 },
    () => new Promise(() => undefined),
  );
  controller.abort(reason);
  await expect(running).rejects.toBe(reason);
  await expect(
    examine('x', { signal: controller.signal, patience: 1 }, async () => [ok('x', '')]),
  ).rejects.toBe(reason);
});
