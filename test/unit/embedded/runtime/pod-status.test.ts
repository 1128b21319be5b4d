// A pod's status says what its containers are, in Kubernetes' words.
import { expect, test } from 'vitest';
import { BackOff } from '../../../../src/embedded/runtime/back-off.ts';
import type { ContainerStatus, Pod, Terminated } from '../../../../src/embedded/runtime/pod.ts';
import {
  awaitedStatus,
  haltedStatus,
  newContainerStatus,
  podStatus,
} from '../../../../src/embedded/runtime/pod-status.ts';
import { terminatedState } from '../../../../src/embedded/runtime/termination.ts';

const now = Date.parse('2026-01-02T03:04:05Z');
const fresh = newContainerStatus('web', 'web@sha256:0');
const running: ContainerStatus = {
  ...fresh,
  state: { running: { startedAt: '2026-01-02T03:00:00Z' } },
  started: true,
};
const ended: Terminated = {
  exitCode: 1,
  reason: 'Error',
  startedAt: '2026-01-02T03:00:00Z',
  finishedAt: '2026-01-02T03:01:00Z',
};

function pod(spec: Partial<Pod['spec']> = {}, metadata: Partial<Pod['metadata']> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'p',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '2026-01-02T03:00:00Z',
      ...metadata,
    },
    spec: { containers: [{ name: 'web', image: 'web@sha256:0' }], ...spec },
  };
}

function readyOf(of: Pod, ...statuses: ContainerStatus[]) {
  const { conditions, phase } = podStatus(
    of,
    statuses.map((status) => ({ status })),
    now,
  );
  return { phase, ready: conditions?.find(({ type }) => type === 'Ready') };
}

test.each([
  ['waits', {}, fresh, 'Pending', 'ContainersNotReady'],
  ['runs', {}, running, 'Running', 'ContainersNotReady'],
  [
    'has crashed and waits',
    {},
    { ...fresh, lastState: { terminated: ended } },
    'Running',
    'ContainersNotReady',
  ],
  [
    'failed for good',
    { restartPolicy: 'Never' as const },
    { ...fresh, state: { terminated: ended } },
    'Failed',
    'PodFailed',
  ],
  [
    'is done',
    { restartPolicy: 'OnFailure' as const },
    { ...fresh, state: { terminated: { ...ended, exitCode: 0 } } },
    'Succeeded',
    'PodCompleted',
  ],
])('a container that %s', (_what, spec, status, phase, reason) => {
  expect(readyOf(pod(spec), status)).toMatchObject({ phase, ready: { status: 'False', reason } });
});

test('a pod is ready when all of its containers are, and never while it is being deleted', () => {
  const ready = { ...running, ready: true };
  expect(readyOf(pod(), ready, ready).ready).toMatchObject({ status: 'True' });
  expect(readyOf(pod(), ready, running).ready).toMatchObject({ status: 'False' });
  const deleted = pod({}, { deletionTimestamp: '2026-01-02T03:04:05Z' });
  expect(readyOf(deleted, ready).ready).toMatchObject({ status: 'False', reason: 'PodTerminating' });
  expect(readyOf(pod()).ready).toMatchObject({ status: 'False' });
});

test('a known problem is told, and a condition keeps its time until it changes', () => {
  const problem = 'nothing listens on port 20013 (given as PORT)';
  const first = podStatus(pod(), [{ status: running, problem }], now);
  expect(first.conditions?.find(({ type }) => type === 'Ready')?.message).toBe(problem);
  const later = podStatus({ ...pod(), status: first }, [{ status: running }], now + 60_000);
  expect(later.conditions?.map(({ lastTransitionTime }) => lastTransitionTime)).toEqual(
    first.conditions?.map(({ lastTransitionTime }) => lastTransitionTime),
  );
  const ready = podStatus(
    { ...pod(), status: first },
    [{ status: { ...running, ready: true } }],
    now + 60_000,
  );
  expect(ready.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime).toBe(
    '2026-01-02T03:05:05Z',
  );
  expect(ready.startTime).toBe('2026-01-02T03:04:05Z');
});

test('what ran when its daemon died is known to have ended, and is started again unless its policy says otherwise', () => {
  const halted = haltedStatus({ ...running, ready: true }, now);
  expect(halted).toMatchObject({
    ready: false,
    started: false,
    state: { terminated: { exitCode: 255, reason: 'Unknown' } },
  });
  expect(awaitedStatus(halted, 'Always')).toMatchObject({
    state: { waiting: { reason: 'ContainerCreating' } },
    lastState: { terminated: { exitCode: 255 } },
  });
  expect(awaitedStatus(halted, 'Never')).toEqual(halted);
  const stopped = { ...running, ready: true, state: { terminated: ended } };
  expect(haltedStatus(stopped, now)).toEqual({ ...stopped, ready: false, started: false });
  expect(awaitedStatus(haltedStatus(fresh, now), undefined)).toEqual(fresh);
});

test('a failed process is told with its last lines', () => {
  const ending = Array.from(
    { length: 9 },
    (_, index) => `2026-01-02T03:04:05.000000000Z stderr line ${index}\n`,
  ).join('');
  expect(terminatedState({ exitCode: 137, signal: 9 }, now, ending)).toMatchObject({
    exitCode: 137,
    signal: 9,
    reason: 'Error',
    message: 'line 4\nline 5\nline 6\nline 7\nline 8',
    startedAt: '2026-01-02T03:04:05Z',
  });
  expect(terminatedState({ exitCode: 0 }, now, ending)).not.toHaveProperty('message');
});

test('waits grow to a minute, and are forgiven after a minute of running', () => {
  const backOff = new BackOff();
  const waits = Array.from({ length: 9 }, () => backOff.next() / 1000);
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
  backOff.ran(59_999);
  expect(backOff.next()).toBe(60_000);
  backOff.ran(60_000);
  expect(backOff.next()).toBe(1000);
});
