// Silence is told by component, and only of those whose pods have all been silent.
import { expect, test } from 'vitest';
import { SilentPods } from '../../../../src/actions/logs/silent-pods.ts';
import { readPod } from '../../../../src/cluster/objects/pod-object.ts';
import { podSample } from '../../cluster/rollout/pod-sample.ts';

test('components of which some pod was heard are left out', () => {
  const [a, b, c, d] = ['web', 'web', 'api', 'db'].map((component, index) =>
    readPod(podSample({ name: `pod-${index}`, component })),
  );
  if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error('four');
  const silent = new SilentPods([a, b, c, d]);
  expect(silent.texts({})).toEqual([
    'web: 2 pods, nothing logged yet',
    'api: 1 pod, nothing logged yet',
    'db: 1 pod, nothing logged yet',
  ]);
  silent.heard(b);
  silent.heard(d);
  expect(silent.hasSpoken(a)).toBe(true);
  expect(silent.texts({ since: 1000 })).toEqual(['api: 1 pod, nothing logged in that time']);
});
