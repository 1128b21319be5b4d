// Why pods aren't ready, from statuses as Kubernetes 1.36 with containerd 2 writes them.
import type { V1Pod } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { deploymentCause, podCause } from '../../../../src/cluster/rollout/failure-cause.ts';
import { readPod } from '../../../../src/cluster/objects/pod-object.ts';
import { containerStatus, deploymentSample, podSample, type PodSample, unready } from './pod-sample.ts';

const pull = 'rpc error: code = NotFound desc = failed to pull and unpack image "r:5000/shop/web:1": ';
const command =
  'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "no-such-program": executable file not found in $PATH';
const times = { startedAt: '2026-01-01T00:00:00Z', finishedAt: '2026-01-01T00:00:01Z' };
const ended = (exitCode: number, more = {}) => ({
  terminated: { exitCode, reason: 'Error', ...times, ...more },
});
const backOff = {
  waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s restarting failed container' },
};

function waiting(reason: string, message?: string): V1Pod {
  const state = { waiting: { reason, ...(message === undefined ? {} : { message }) } };
  return podSample({ status: { containerStatuses: [containerStatus('web', { state })] } });
}

function crashed(restartCount: number, exitCode: number, end = {}, more: PodSample = {}): V1Pod {
  const own = containerStatus('web', { state: backOff, lastState: ended(exitCode, end), restartCount });
  return podSample({ ...more, status: { phase: 'Running', containerStatuses: [own] } });
}

const init = (state: object, more = {}) =>
  podSample({
    status: {
      initContainerStatuses: [containerStatus('migrate', { state, ...more })],
      containerStatuses: [containerStatus('web', { state: { waiting: { reason: 'PodInitializing' } } })],
    },
  });

describe('a pod', () => {
  test.each<[string, V1Pod, { kind: string; text: string; final: boolean; container?: string }]>([
    [
      'whose image is not there',
      waiting('ErrImagePull', `${pull}failed to resolve image: r:5000/shop/web:1: not found`),
      { kind: 'image', text: "its image r:5000/shop/web:1 can't be pulled: not found", final: true },
    ],
    [
      'whose image may not be had',
      waiting(
        'ImagePullBackOff',
        `Back-off pulling image "r:5000/shop/web:1": ErrImagePull: ${pull}failed to resolve reference "r:5000/shop/web:1": failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://r:5000/token: 401 Unauthorized`,
      ),
      {
        kind: 'image',
        text: "its image r:5000/shop/web:1 can't be pulled: failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://r:5000/token: 401 Unauthorized",
        final: true,
      },
    ],
    [
      'whose registry is away',
      waiting(
        'ErrImagePull',
        `${pull}failed to do request: Head "https://r:5000/v2/shop/web/manifests/1": dial tcp 10.0.0.1:5000: connect: connection refused`,
      ),
      {
        kind: 'image',
        text: `its image r:5000/shop/web:1 can't be pulled: Head "https://r:5000/v2/shop/web/manifests/1": dial tcp 10.0.0.1:5000: connect: connection refused`,
        final: false,
      },
    ],
    [
      'whose image is waited for, by a kubelet that does not say why',
      waiting('ImagePullBackOff', 'Back-off pulling image "r:5000/shop/web:1"'),
      { kind: 'image', text: "its image r:5000/shop/web:1 can't be pulled", final: false },
    ],
    [
      'whose image was not loaded into the node',
      waiting(
        'ErrImageNeverPull',
        'Container image "fox.local/a:1" is not present with pull policy of Never',
      ),
      {
        kind: 'image',
        text: 'its image isn\'t on the node: Container image "fox.local/a:1" is not present with pull policy of Never',
        final: true,
      },
    ],
    [
      'that needs a Secret which is not there',
      waiting('CreateContainerConfigError', 'secret "db" not found'),
      { kind: 'settings', text: 'secret "db" not found', final: true },
    ],
    [
      'whose command is not there',
      waiting('RunContainerError', command),
      { kind: 'command', text: 'exec: "no-such-program": executable file not found in $PATH', final: true },
    ],
    [
      'whose command was not there at the last try',
      crashed(1, 128, { reason: 'StartError', message: command }),
      { kind: 'command', text: 'exec: "no-such-program": executable file not found in $PATH', final: true },
    ],
    [
      'that is created once more as the runtime was slow',
      waiting('CreateContainerError', 'context deadline exceeded'),
      { kind: 'command', text: 'context deadline exceeded', final: false },
    ],
    [
      'that crashed once',
      crashed(1, 3),
      { kind: 'crash', text: 'its process ended with exit code 3', final: false },
    ],
    [
      'that crashes again and again',
      crashed(2, 3),
      { kind: 'crash', text: 'its process ended with exit code 3', final: true },
    ],
    [
      'that was killed',
      crashed(2, 137),
      { kind: 'crash', text: 'its process ended with exit code 137 (SIGKILL)', final: true },
    ],
    [
      'of the embedded cluster that was killed',
      crashed(2, 137, { signal: 9 }),
      { kind: 'crash', text: 'its process ended with signal 9 (SIGKILL)', final: true },
    ],
    [
      'that has nothing to do',
      crashed(2, 0),
      { kind: 'crash', text: 'its process ended with exit code 0', final: true },
    ],
    [
      'that uses too much memory',
      crashed(
        2,
        137,
        { reason: 'OOMKilled' },
        {
          spec: { containers: [{ name: 'web', resources: { limits: { memory: '64Mi' } } }] },
        },
      ),
      {
        kind: 'memory',
        text: 'it used more memory than it may (its limit is 64Mi) and was killed',
        final: true,
      },
    ],
    [
      'whose init container fails',
      init(backOff, { lastState: ended(4), restartCount: 2 }),
      {
        kind: 'crash',
        text: 'its init container "migrate": its process ended with exit code 4',
        final: true,
        container: 'migrate',
      },
    ],
    [
      'whose company fails',
      podSample({
        status: {
          containerStatuses: [
            containerStatus('agent', { state: backOff, lastState: ended(5), restartCount: 3 }),
            containerStatus('web', { ready: true, state: { running: {} } }),
          ],
        },
      }),
      {
        kind: 'crash',
        text: 'its container "agent": its process ended with exit code 5',
        final: true,
        container: 'agent',
      },
    ],
    [
      'that no node takes',
      podSample({
        conditions: [
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'Unschedulable',
            message:
              "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
          },
        ],
      }),
      {
        kind: 'scheduling',
        text: "no node takes its pod: 0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.",
        final: false,
      },
    ],
    [
      'that was evicted',
      podSample({
        status: { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' },
      }),
      {
        kind: 'node',
        text: 'its pod was ended (Evicted): The node was low on resource: memory.',
        final: false,
      },
    ],
    [
      'whose node is lost',
      podSample({
        spec: { nodeName: 'node1', containers: [{ name: 'web' }] },
        status: { containerStatuses: [containerStatus('web', { ready: true, state: { running: {} } })] },
        conditions: [
          { type: 'Ready', status: 'False' },
          { type: 'ContainersReady', status: 'True' },
        ],
      }),
      { kind: 'node', text: "its node node1 doesn't answer", final: false },
    ],
    [
      'of the embedded cluster that does not listen',
      podSample({
        status: { phase: 'Running', containerStatuses: [containerStatus('web', { state: { running: {} } })] },
        conditions: [{ ...unready(), message: 'nothing listens on port 4711 (given as PORT)' }],
      }),
      { kind: 'unready', text: 'nothing listens on port 4711 (given as PORT)', final: false },
    ],
  ])('%s', (_, pod, cause) => {
    expect(podCause(pod)).toMatchObject(cause);
    expect(readPod(pod).message).toBe(cause.text);
  });

  test.each([
    ['that is being created', waiting('ContainerCreating')],
    ['whose init container works', init({ running: {} })],
    ['whose init container has done its work', init(ended(0), { ready: true })],
    [
      'that runs and is not asked yet',
      podSample({ status: { containerStatuses: [containerStatus('web', { state: { running: {} } })] } }),
    ],
    ['that is ready', podSample({ conditions: [{ type: 'Ready', status: 'True' }] })],
  ])('%s has no cause', (_, pod) => {
    expect(podCause(pod)).toBeUndefined();
  });

  test('is told by the container that keeps the others waiting', () => {
    expect(readPod(init(backOff, { lastState: ended(4), restartCount: 2 }))).toMatchObject({
      state: 'Init:CrashLoopBackOff',
      restarts: 2,
    });
    expect(readPod(init(ended(0), { ready: true })).state).toBe('PodInitializing');
  });
});

const failure = (message: string) =>
  deploymentSample('shop-web-00000000', {
    status: { conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message }] },
  });

describe('a Deployment', () => {
  test.each([
    [
      'pods "shop-web-00000000-598dcb5574-vn2bp" is forbidden: exceeded quota: tight, requested: pods=1, used: pods=0, limited: pods=0',
      'quota',
      'exceeded quota: tight, requested: pods=1, used: pods=0, limited: pods=0',
      true,
    ],
    [
      'pods "x-" is forbidden: error looking up service account ns/nobody: serviceaccount "nobody" not found',
      'settings',
      'error looking up service account ns/nobody: serviceaccount "nobody" not found',
      true,
    ],
    [
      'admission webhook "images.example.com" denied the request: unsigned image',
      'admission',
      'admission webhook "images.example.com" denied the request: unsigned image',
      true,
    ],
    [
      'Internal error occurred: failed calling webhook "images.example.com": failed to call webhook: connection refused',
      'admission',
      'Internal error occurred: failed calling webhook "images.example.com": failed to call webhook: connection refused',
      false,
    ],
  ])('whose pods are refused: %s', (message, kind, why, final) => {
    expect(deploymentCause(failure(message))).toEqual({
      kind,
      text: `the cluster makes no pod for it: ${why}`,
      final,
    });
  });

  test('that has given up', () => {
    const progressing = { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' };
    const sample = deploymentSample('shop-web-00000000', { status: { conditions: [progressing] } });
    expect(deploymentCause(sample)).toMatchObject({ kind: 'deadline', final: true });
    expect(deploymentCause(deploymentSample('shop-web-00000000'))).toBeUndefined();
  });
});
