// Logs of several pods on a scripted API: as one by time, and followed over restarts, streams that break off, and pods that come and go.
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ApiClient } from '../../src/cluster/api/api-client.ts';
import { openTransport } from '../../src/cluster/api/transport.ts';
import { followLogs } from '../../src/cluster/logs/log-following.ts';
import { mergeLogs } from '../../src/cluster/logs/merged-logs.ts';
import { FoxError } from '../../src/core/errors.ts';
import { label } from '../../src/core/labels.ts';
import { containerStatus, podSample } from '../unit/cluster/rollout/pod-sample.ts';
import { eventually } from '../unit/embedded/eventually.ts';
import { ScriptedKubernetes, type ScriptedLog } from './scripted-kubernetes.ts';

let api: ScriptedKubernetes;
let connected: ReturnType<ScriptedKubernetes['client']>;
let stop: AbortController;
let seconds = 0;

beforeEach(async () => {
  api = new ScriptedKubernetes();
  await api.start();
  connected = api.client();
  stop = new AbortController();
  seconds = 0;
});
afterEach(async () => {
  stop.abort();
  connected.close();
  await api.stop();
});

/** Each line a second later than the one before. */
function entry(text: string) {
  seconds += 1;
  return { time: `2026-01-01T00:00:${String(seconds).padStart(2, '0')}.000000001Z`, text };
}

function logOf(pod: string): ScriptedLog {
  const log = api.logs.get(`${pod}/web`) ?? { lines: [], open: true };
  api.logs.set(`${pod}/web`, log);
  return log;
}

function print(pod: string, ...lines: string[]): void {
  logOf(pod).lines.push(...lines.map(entry));
  api.logsChanged();
}

/** The pod's container runs for the so-manieth time. */
function run(pod: string, count = 1): void {
  const status = { containerID: `containerd://${count}`, state: { running: {} }, restartCount: count - 1 };
  api.put('pods', podSample({ name: pod, status: { containerStatuses: [containerStatus('web', status)] } }));
}

/** The run ends; its log stays until the next begins. */
function end(pod: string, count = 1): void {
  logOf(pod).open = false;
  api.logsChanged();
  const status = {
    containerID: `containerd://${count}`,
    state: { waiting: { reason: 'CrashLoopBackOff' } },
    restartCount: count - 1,
  };
  api.put('pods', podSample({ name: pod, status: { containerStatuses: [containerStatus('web', status)] } }));
}

interface Following {
  readonly lines: string[];
  readonly crowds: () => number;
  readonly ended: Promise<unknown>;
  has(...lines: string[]): Promise<void>;
}

function follow(first = {}, maxPods = 10, client = connected.client): Following {
  const lines: string[] = [];
  let crowds = 0;
  const logs = {
    labelSelector: label.hash,
    isWanted: ({ component }: { component: string }) => component === 'web',
    containerOf: () => 'web',
    first,
    maxPods,
  };
  const listener = {
    onEntry: ({ name }: { name: string }, { line }: { line: string }) => {
      lines.push(`${name} ${line}`);
      return undefined;
    },
    onCrowd: () => void (crowds += 1),
  };
  const options = { signal: stop.signal, patience: Number.POSITIVE_INFINITY };
  const ended = followLogs(client, logs, listener, options).then(
    () => undefined,
    (error: unknown) => error,
  );
  const has = async (...wanted: string[]) => {
    await eventually(
      () => wanted.every((line) => lines.includes(line)),
      () => lines,
    );
  };
  return { lines, crowds: () => crowds, ended, has };
}

describe('following', () => {
  test('goes on from run to run, and shows every line once', async () => {
    run('a');
    print('a', 'one', 'two');
    const following = follow();
    await following.has('a one', 'a two');
    print('a', 'three');
    await following.has('a three');
    end('a');
    api.logs.set('a/web', { lines: [entry('four')], open: true });
    run('a', 2);
    await following.has('a four');
    print('a', 'five');
    await following.has('a five');
    expect(following.lines).toEqual(['a one', 'a two', 'a three', 'a four', 'a five']);
  });

  test('begins where it is told with what is there, and shows all of what comes later', async () => {
    run('a');
    print('a', 'one', 'two');
    const following = follow({ tailLines: 1 });
    await following.has('a two');
    print('b', 'first', 'second');
    run('b');
    await following.has('b first', 'b second');
    expect(following.lines).not.toContain('a one');
  });

  test('waits for containers that are being created, and shows the last words of pods that go', async () => {
    const creating = containerStatus('web', { state: { waiting: { reason: 'ContainerCreating' } } });
    api.put('pods', podSample({ name: 'a', status: { containerStatuses: [creating] } }));
    const following = follow();
    print('a', 'hello');
    run('a');
    await following.has('a hello');
    print('a', 'last words');
    logOf('a').open = false;
    api.logsChanged();
    api.remove('pods', 'a');
    await following.has('a last words');
    expect(following.lines).toEqual(['a hello', 'a last words']);
  });

  test('outlives an API that goes away, without a line lost or shown twice', async () => {
    run('a');
    print('a', 'one', 'two');
    const following = follow();
    await following.has('a two');
    await api.stop();
    print('a', 'three');
    await api.start();
    await following.has('a three');
    print('a', 'four');
    await following.has('a four');
    expect(following.lines).toEqual(['a one', 'a two', 'a three', 'a four']);
  });

  test('takes so many pods at once, says so, and takes the next when one is gone', async () => {
    for (const pod of ['a', 'b', 'c']) {
      run(pod);
      print(pod, 'hello');
    }
    const following = follow({}, 2);
    await following.has('a hello', 'b hello');
    await eventually(() => following.crowds() === 1);
    expect(following.lines).not.toContain('c hello');
    api.remove('pods', 'a');
    await following.has('c hello');
  });

  test('of many pods costs no warning of a leak', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => void warnings.push(warning);
    process.on('warning', onWarning);
    const names = Array.from({ length: 15 }, (_, index) => `pod-${index}`);
    for (const pod of names) {
      run(pod);
      print(pod, 'hello');
    }
    await follow({}, 20).has(...names.map((pod) => `${pod} hello`));
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  test('ends with all streams when the pods may no longer be watched', async () => {
    const refused = new FoxError('CLUSTER_FORBIDDEN', 'no longer');
    const transport = openTransport(api.connection);
    const refusal = new AbortController();
    const client = new ApiClient(async (request) => {
      if (!request.path.includes('watch=true')) return transport.send(request);
      await once(refusal.signal, 'abort');
      throw refused;
    }, 'test');
    run('a');
    print('a', 'one');
    const following = follow({}, 10, client);
    await following.has('a one');
    refusal.abort();
    expect(await following.ended).toBe(refused);
    const other = follow();
    await other.has('a one');
    print('a', 'two');
    await other.has('a two');
    expect(following.lines).toEqual(['a one']);
    transport.close();
  });

  test('leaves other components alone, and ends when it is cancelled', async () => {
    api.put('pods', podSample({ name: 'x', component: 'other' }));
    run('a');
    print('a', 'one');
    const following = follow();
    await following.has('a one');
    stop.abort();
    expect(await following.ended).toBeUndefined();
    expect(api.requests.join()).not.toContain('/pods/x/log');
  });
});

describe('reading what is there', () => {
  test('orders the lines of all pods by time, and tells of those that have none', async () => {
    for (const pod of ['a', 'b', 'c', 'd']) run(pod);
    for (const line of ['1', '2', '3', '4', '5', '6']) print(['a', 'b', 'c'][Number(line) % 3] ?? '', line);
    for (const log of api.logs.values()) log.open = false;
    const sources = ['a', 'b', 'c', 'd', 'gone'].map((pod) => ({ pod, container: 'web' }));
    for (const limit of [10, 3]) {
      const missing: string[] = [];
      const lines = [];
      const options = { limit, onMissing: ({ pod }: { pod: string }) => void missing.push(pod) };
      for await (const { line } of mergeLogs(
        connected.client,
        sources,
        {},
        { ...options, signal: stop.signal },
      ))
        lines.push(line);
      expect(lines).toEqual(['1', '2', '3', '4', '5', '6']);
      expect(missing).toEqual(['d', 'gone']);
    }
  });
});
