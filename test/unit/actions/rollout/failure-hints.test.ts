// What is said to try when a workload isn't ready, by what stands in its way.
import { expect, it } from 'vitest';
import { failureHints } from '../../../../src/actions/rollout/failure-hints.ts';
import type { Cause } from '../../../../src/cluster/rollout/cause.ts';

const cluster = { kind: 'kubernetes', context: 'dev' } as const;

function hintFor(kind: Cause['kind'], text: string): string | undefined {
  return failureHints({ cause: { kind, text, final: false }, cluster, namespace: 'orders' })[0];
}

it.each([
  ['unready', 'Readiness probe failed: HTTP probe failed with statuscode: 500', '200 to 399'],
  ['unready', 'Readiness probe failed: dial tcp 10.1.2.3:8080: connect: connection refused', '$PORT'],
  [
    'admission',
    'the cluster makes no pod for it: failed quota: q: must specify requests.cpu for: web',
    'resources',
  ],
  [
    'admission',
    'the cluster makes no pod for it: Internal error occurred: failed calling webhook "a.example": refused',
    "webhook of this cluster doesn't answer",
  ],
  [
    'admission',
    'the cluster makes no pod for it: maximum memory usage per Container is 64Mi',
    'rule of this cluster',
  ],
] as const)('%s: %s', (kind, text, help) => {
  expect(hintFor(kind, text)).toContain(help);
});

it('is told of `fox prune` only where that removes the pods', () => {
  const failure = { cluster, namespace: 'orders' };
  expect(failureHints(failure).join('\n')).toContain('fox prune');
  expect(failureHints({ ...failure, isPrunable: false }).join('\n')).not.toContain('fox prune');
  expect(failureHints({ ...failure, isPrunable: false, undone: 'Not done.' }).at(-1)).toBe('Not done.');
});
