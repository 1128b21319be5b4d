import { expect, test } from 'vitest';
import {
  type ContainerStatus,
  type Pod,
  podReady,
  podRestarts,
  podStatus,
} from '../../../../src/embedded/api/kinds/pod-state.ts';

function pod(status: Pod['status'], metadata: Partial<Pod['metadata']> = {}): Pod {
  const names = { name: 'a', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
  return {
    metadata: { ...names, ...metadata },
    spec: { containers: [{ name: 'main' }] },
    ...(status === undefined ? {} : { status }),
  };
}

function one(container: ContainerStatus, phase = 'Running'): Pod {
  return pod({ phase, containerStatuses: [container] });
}

// As kubectl shows them: pkg/printers/internalversion/printers.go (printPod).
test.each([
  { status: 'Pending', of: pod({ phase: 'Pending' }) },
  { status: 'Unknown', of: pod(undefined) },
  { status: 'Running', of: one({ ready: true, state: { running: {} } }) },
  { status: 'CrashLoopBackOff', of: one({ state: { waiting: { reason: 'CrashLoopBackOff' } } }) },
  { status: 'ErrImagePull', of: one({ state: { waiting: { reason: 'ErrImagePull' } } }, 'Pending') },
  {
    status: 'ContainerCreating',
    of: one({ state: { waiting: { reason: 'ContainerCreating' } } }, 'Pending'),
  },
  { status: 'Error', of: one({ state: { terminated: { reason: 'Error', exitCode: 1 } } }) },
  {
    status: 'Completed',
    of: one({ state: { terminated: { reason: 'Completed', exitCode: 0 } } }, 'Succeeded'),
  },
  { status: 'ExitCode:3', of: one({ state: { terminated: { exitCode: 3 } } }) },
  { status: 'Signal:9', of: one({ state: { terminated: { exitCode: 137, signal: 9 } } }) },
  { status: 'Evicted', of: pod({ phase: 'Failed', reason: 'Evicted' }) },
  { status: 'Terminating', of: pod({ phase: 'Running' }, { deletionTimestamp: '2026-01-01T00:00:00Z' }) },
  {
    status: 'Running',
    of: pod({
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [
        { state: { terminated: { reason: 'Completed' } } },
        { ready: true, state: { running: {} } },
      ],
    }),
  },
  {
    status: 'NotReady',
    of: pod({
      phase: 'Running',
      containerStatuses: [
        { state: { terminated: { reason: 'Completed' } } },
        { ready: true, state: { running: {} } },
      ],
    }),
  },
])('STATUS $status', ({ status, of }) => {
  expect(podStatus(of)).toBe(status);
});

test('READY counts what runs and is ready, of what there is', () => {
  expect(podReady(pod({ phase: 'Pending' }))).toBe('0/1');
  expect(podReady(one({ ready: true, state: { running: {} } }))).toBe('1/1');
  expect(podReady(one({ ready: true, state: { waiting: {} } }))).toBe('0/1');
});

test('RESTARTS says how often, and when last', () => {
  const now = Date.UTC(2026, 0, 1, 0, 5);
  expect(podRestarts(pod({ phase: 'Pending' }), now)).toBe('0');
  expect(podRestarts(one({ restartCount: 2 }), now)).toBe('2');
  const ended = { terminated: { finishedAt: '2026-01-01T00:00:00Z' } };
  expect(podRestarts(one({ restartCount: 2, lastState: ended }), now)).toBe('2 (5m ago)');
});
