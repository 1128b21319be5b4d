// Waiting for workloads on an API whose answers are those of Kubernetes: what is told, when it ends, and that it outlives an API that goes away.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RolloutRequest, rollOut } from '../../src/actions/rollout/workload-rollout.ts';
import { waitForWorkloads } from '../../src/actions/rollout/workload-wait.ts';
import { Namespace } from '../../src/cluster/namespace.ts';
import { FoxError } from '../../src/core/errors.ts';
import type { FoxEvent } from '../../src/core/events.ts';
import { objectName } from '../../src/core/labels.ts';
import { workloadsOf } from '../../src/core/version/workload.ts';
import { containerStatus, deploymentSample, podSample } from '../unit/cluster/rollout/pod-sample.ts';
import { manifestOf } from '../unit/core/version/identity-fixture.ts';
import { eventually } from '../unit/embedded/eventually.ts';
import { ScriptedKubernetes } from './scripted-kubernetes.ts';

let api: ScriptedKubernetes;
let connected: ReturnType<ScriptedKubernetes['client']>;
let namespace: Namespace;
let events: FoxEvent[];
const emit = (event: FoxEvent) => void events.push(event);
const running = new AbortController().signal;

beforeEach(async () => {
  api = new ScriptedKubernetes();
  await api.start();
  connected = api.client();
  namespace = new Namespace(connected.client, 'kubernetes', () => ({ image: 'registry/shop:1' }));
  events = [];
});
afterEach(async () => {
  connected.close();
  await api.stop();
});

const cluster = { kind: 'kubernetes', context: 'kind dev' } as const;
const undone = 'Version v1 was not written.';
const ready = { replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };

function wait(names: string[], timeout = 20_000, isNew = () => true): Promise<void> {
  return waitForWorkloads(namespace, new Set(names), { timeout, isNew, undone, cluster }, { emit }, running);
}

async function failureOf(work: Promise<unknown>): Promise<FoxError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof FoxError)) throw new Error('it did not fail as expected', { cause: error });
  return error;
}

/** A warning about a pod, at a second. */
function warning(pod: string, reason: string, message: string, at: string): object {
  return {
    metadata: { name: `${pod}.${at}` },
    involvedObject: { kind: 'Pod', name: pod, uid: `uid of ${pod}` },
    type: 'Warning',
    reason,
    message,
    lastTimestamp: `2026-01-01T00:00:${at}Z`,
  };
}

const texts = () => events.map((event) => ('text' in event ? event.text : ''));
const told = async (text: string) => eventually(() => texts().some((each) => each.includes(text)));

describe('a workload', () => {
  test('that becomes ready is told of, each in a line, with what kept it', async () => {
    for (const component of ['web', 'api', 'db'])
      api.put(
        'deployments',
        deploymentSample(component, { component, status: component === 'db' ? ready : {} }),
      );
    const message = '0/1 nodes are available: 1 Insufficient memory. preemption: none';
    const scheduled = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message };
    api.put('pods', podSample({ name: 'web-1', conditions: [scheduled] }));
    const waiting = wait(['web', 'api', 'db']);
    await told('no node takes its pod');
    api.put('deployments', deploymentSample('api', { component: 'api', status: ready }));
    await told('api is ready');
    api.put('deployments', deploymentSample('web', { status: ready }));
    await waiting;
    expect(events).toEqual([
      {
        type: 'warning',
        text: 'web: no node takes its pod: 0/1 nodes are available: 1 Insufficient memory.',
      },
      {
        type: 'task',
        id: 'rollout',
        state: 'started',
        text: 'Waiting for web, api (1/3 ready)',
        lines: [
          'web 0/1 no node takes its pod: 0/1 nodes are available: 1 Insufficient memory.',
          'api 0/1 no pod yet',
        ],
      },
      expect.objectContaining({ state: 'progress', text: 'Waiting for web (2/3 ready)' }),
      { type: 'task', id: 'rollout api', state: 'done', text: 'api is ready' },
      expect.objectContaining({ state: 'progress', text: 'Waited (3/3 ready)', lines: [] }),
      { type: 'task', id: 'rollout web', state: 'done', text: 'web is ready' },
      { type: 'task', id: 'rollout', state: 'done', text: 'All 3 workloads are ready' },
    ]);
  });

  test('whose program is for another kind of machine is told so, as only its log says it', async () => {
    api.put('deployments', deploymentSample('web'));
    const state = { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } };
    const lastState = { terminated: { exitCode: 1, reason: 'Error' } };
    const own = containerStatus('web', { state, lastState, restartCount: 2 });
    api.put('pods', podSample({ name: 'web-1', status: { containerStatuses: [own] } }));
    const text = 'exec /usr/bin/node: exec format error';
    api.logs.set('web-1/web', { lines: [{ time: 'now', text }], open: false });
    const error = await failureOf(wait(['web']));
    expect(error.message).toBe(
      "web doesn't run: its program is for another kind of machine than its node (exec format error)",
    );
    expect(error.hints[0]).toContain('`platforms`');
  });

  test('that crashes is told with its log, why it was killed, how far the others are, and where to look', async () => {
    api.put('deployments', deploymentSample('web'));
    api.put('deployments', deploymentSample('api', { component: 'api', status: ready }));
    api.put('deployments', deploymentSample('db', { component: 'db' }));
    const state = { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } };
    const lastState = { terminated: { exitCode: 137, reason: 'Error' } };
    const own = containerStatus('web', { state, lastState, restartCount: 2 });
    api.put('pods', podSample({ name: 'web-1', status: { containerStatuses: [own] } }));
    api.put('pods', podSample({ name: 'db-1', component: 'db' }));
    api.put('events', warning('web-1', 'Unhealthy', 'Readiness probe failed: connection refused', '01'));
    api.put('events', warning('web-1', 'Unhealthy', 'Liveness probe failed: statuscode: 500', '03'));
    api.put('events', warning('web-1', 'Unhealthy', 'Readiness probe failed: EOF', '05'));
    api.put('events', warning('web-1', 'BackOff', 'Back-off restarting failed container', '04'));
    api.put('events', warning('db-1', 'FailedMount', 'secret "missing" not found', '01'));
    api.put('events', warning('other', 'FailedMount', 'of no concern', '01'));
    api.logs.set('web-1/web', { lines: [{ time: 'now', text: 'no database here' }], open: false });
    const error = await failureOf(wait(['web', 'api', 'db']));
    expect(error).toMatchObject({
      code: 'WORKLOAD_FAILED',
      message:
        "web doesn't run: its process ended with exit code 137 (SIGKILL), as its health check failed: Liveness probe failed: statuscode: 500",
      details: [
        'last lines of web-1:',
        expect.stringContaining('no database here'),
        'ready: api',
        'not ready: db: secret "missing" not found',
        'kept to be looked at: web-1, db-1',
      ],
      hints: [
        'A component must serve HTTP on the port in $PORT.',
        "`kubectl --context 'kind dev' -n test describe pod web-1` and `kubectl --context 'kind dev' -n test logs web-1 -c web --previous` tell more.",
        `${undone} \`fox prune\` removes the pods that were started.`,
      ],
    });
    expect(api.requests.filter((line) => line.endsWith('/events'))).toHaveLength(2);
  });

  test.each([
    { exitCode: 7, reason: 'Other', why: 'its process ended with exit code 7' },
    {
      exitCode: 7,
      reason: 'Killing',
      why: 'its process ended with exit code 7, as its health check failed: Startup probe failed: refused',
    },
  ])('that ends by itself is not said to be killed ($reason)', async ({ exitCode, reason, why }) => {
    api.put('deployments', deploymentSample('web'));
    const state = { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } };
    const lastState = { terminated: { exitCode, reason: 'Error' } };
    const own = containerStatus('web', { state, lastState, restartCount: 2 });
    api.put('pods', podSample({ name: 'web-1', status: { containerStatuses: [own] } }));
    api.put('events', warning('web-1', 'Unhealthy', 'Startup probe failed: refused', '01'));
    const kill = warning('web-1', reason, 'Container web failed startup probe, will be restarted', '02');
    const event: object = { ...kill, type: 'Normal' };
    api.put('events', event);
    expect((await failureOf(wait(['web']))).message).toBe(`web doesn't run: ${why}`);
  });

  test('that only takes too long is told of at the end, with what only events know', async () => {
    api.put('deployments', deploymentSample('web'));
    api.put('pods', podSample({ name: 'web-1' }));
    api.put('events', warning('web-1', 'FailedMount', 'volume "v": secret "missing" not found', '01'));
    const error = await failureOf(wait(['web'], 300));
    expect(error).toMatchObject({
      code: 'TIMED_OUT',
      exitCode: 4,
      message: 'web isn\'t ready after 0 s: volume "v": secret "missing" not found',
      details: ['kept to be looked at: web-1'],
    });
    expect(events.at(-1)).toMatchObject({ state: 'failed' });
  });

  test('without a pod is told by its Deployment: a quota ends it at once', async () => {
    const message = 'pods "web-x" is forbidden: exceeded quota: tight, requested: pods=1, used: pods=1';
    const conditions = [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message }];
    const status = { conditions, replicas: 0, updatedReplicas: 0 };
    api.put('deployments', deploymentSample('web', { status }));
    const error = await failureOf(wait(['web']));
    expect(error).toMatchObject({
      code: 'WORKLOAD_FAILED',
      message:
        "web doesn't run: the cluster makes no pod for it: exceeded quota: tight, requested: pods=1, used: pods=1",
    });
    expect(error.hints.join()).toContain('quota');
  });

  test('whose pod failed before is tried again; a pod of a workload that is new is not', async () => {
    const settings = { waiting: { reason: 'CreateContainerConfigError', message: 'secret "db" not found' } };
    const broken = (name: string) =>
      podSample({ name, status: { containerStatuses: [containerStatus('web', { state: settings })] } });
    api.put('deployments', deploymentSample('web'));
    api.put('pods', broken('web-1'));
    const waiting = wait(['web'], 20_000, () => false);
    await told('web failed before and is tried again: secret "db" not found');
    expect(api.requests.filter((line) => line.startsWith('DELETE'))).toHaveLength(1);
    api.put('pods', broken('web-2'));
    expect((await failureOf(waiting)).message).toBe(`web doesn't run: secret "db" not found`);
    expect((await failureOf(wait(['web']))).message).toBe(`web doesn't run: secret "db" not found`);
    expect(api.requests.filter((line) => line.startsWith('DELETE'))).toHaveLength(1);
  });

  test('that is deleted meanwhile is missed', async () => {
    api.put('deployments', deploymentSample('web'));
    const waiting = wait(['web']);
    await told('Waiting for web');
    api.remove('deployments', 'web');
    expect(await failureOf(waiting)).toMatchObject({ code: 'CONFLICT' });
  });
});

describe('an API that goes away', () => {
  test('is waited for, once told of, and what happened meanwhile is seen', async () => {
    api.put('deployments', deploymentSample('web'));
    const waiting = wait(['web']);
    await told('Waiting for web');
    await api.stop();
    await told('trying again');
    api.put('deployments', deploymentSample('web', { status: ready }));
    await api.start();
    await waiting;
    expect(events.filter(({ type }) => type === 'warning')).toHaveLength(1);
  });

  test('for good is told as what it is when the time is over', async () => {
    api.put('deployments', deploymentSample('web'));
    const waiting = failureOf(wait(['web'], 1_500));
    await told('Waiting for web');
    await api.stop();
    expect(await waiting).toMatchObject({ code: 'CLUSTER_UNREACHABLE', hints: ['start it'] });
  });

  test('ends it at once where nobody would start it again', async () => {
    api.put('deployments', deploymentSample('web'));
    const options = { timeout: 20_000, cluster: { kind: 'embedded' } as const };
    const waiting = failureOf(waitForWorkloads(namespace, new Set(['web']), options, { emit }, running));
    await told('Waiting for web');
    await api.stop();
    expect(await waiting).toMatchObject({ code: 'CLUSTER_UNREACHABLE' });
    expect(texts().join()).not.toContain('trying again');
  });
});

describe('a Deployment that the cluster refuses', () => {
  const manifest = manifestOf('v1', { web: {}, api: {}, db: {} });
  const create = [...workloadsOf(manifest, { name: 'dev', vars: {} }).values()];
  const request: RolloutRequest = { create, scale: [], keep: [], origin: { version: 'v1', commit: 'c' } };
  const refused = (component: string) => {
    const workload = create.find((each) => each.component === component);
    return objectName.workload('shop', component, workload?.hash ?? '');
  };
  const roll = () => failureOf(rollOut({ namespace, cluster }, request, {}, { emit }, running));

  test.each([
    [
      'admission webhook "images.example.com" denied the request: unsigned image',
      'admission webhook "images.example.com" denied the request: unsigned image',
      403,
    ],
    ['deployments.apps "x" is forbidden: exceeded quota: few', 'exceeded quota: few', 403],
    [
      'Deployment.apps "x" is invalid: spec.template.spec.containers[0].image: Required value',
      'spec.template.spec.containers[0].image: Required value',
      422,
    ],
  ])('is named by its component, and what was made until then: %s', async (message, why, code) => {
    api.refuse = (resource, { metadata }) =>
      resource === 'deployments' && metadata?.name === refused('api')
        ? { code, reason: 'Forbidden', message }
        : undefined;
    const error = await roll();
    expect(error).toMatchObject({ code: 'WORKLOAD_FAILED', message: `the cluster refuses api: ${why}` });
    expect(error.hints.at(-1)).toBe(undone);
    const made = api.requests.filter((line) => line.startsWith('POST'));
    expect(made.length).toBe(3);
    expect(error.details.at(-1)).toMatch(/^created: (?:web|db)(?:, (?:web|db))?; not created: /);
  });

  test('for want of rights stays what it is', async () => {
    const message = 'deployments.apps is forbidden: User "x" cannot create resource "deployments"';
    api.refuse = () => ({ code: 403, reason: 'Forbidden', message });
    expect(await roll()).toMatchObject({ code: 'CLUSTER_FORBIDDEN' });
  });
});
