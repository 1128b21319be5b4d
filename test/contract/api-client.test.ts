// fox's API client against a server that has too much to do, lacks a newer feature, or counts what it is asked.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { V1Deployment } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { planDeployment } from '../../src/actions/deploy/deployment-plan.ts';
import { ApiClient } from '../../src/cluster/api/api-client.ts';
import { environmentObject } from '../../src/cluster/objects/environment-object.ts';
import { Namespace } from '../../src/cluster/namespace.ts';
import { serviceObject } from '../../src/cluster/objects/service-object.ts';
import { openTransport, type OpenTransport } from '../../src/cluster/api/transport.ts';
import { versionObject } from '../../src/cluster/objects/version-object.ts';
import { workloadObject } from '../../src/cluster/objects/workload-object.ts';
import { planServices } from '../../src/core/plan/service-plan.ts';
import { workloadsOf } from '../../src/core/version/workload.ts';
import type { ImageStore } from '../../src/images/image-store.ts';
import { manifestOf } from '../unit/core/version/identity-fixture.ts';
import { workloadWith } from '../unit/cluster/objects/workload-fixture.ts';

/** What the server answers with; a list of objects is one of the API's lists. */
interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: object;
}

let server: Server;
let transport: OpenTransport;
let requests: string[];
let bodies: unknown[];
let answer: (request: IncomingMessage, index: number) => Answer;

beforeEach(async () => {
  requests = [];
  bodies = [];
  server = createServer((request, response) => void respond(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const connection = {
    server: `http://127.0.0.1:${port}`,
    options: () => ({}),
    hints: { unreachable: [], unauthorized: [] },
  };
  transport = openTransport(connection);
});

afterEach(async () => {
  transport.close();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  requests.push(`${request.method} ${new URL(request.url ?? '', 'http://x').pathname}`);
  const body = await text(request);
  bodies.push(body === '' ? undefined : JSON.parse(body));
  const { status: code = 200, headers = {}, body: content } = answer(request, requests.length - 1);
  response.writeHead(code, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(content));
}

function status(code: number, message: string, headers: Record<string, string> = {}): Answer {
  return { status: code, headers, body: { kind: 'Status', code, reason: 'X', message } };
}

const busy = (seconds = '0') => status(429, 'too many requests', { 'retry-after': seconds });

describe('a server that has too much to do', () => {
  test('is asked again after the time that it names', async () => {
    answer = (_, index) => (index < 3 ? busy() : { body: { metadata: { name: 'x' } } });
    const client = new ApiClient(transport.send, 'n');
    expect(await client.create('configmaps', { metadata: { name: 'x' } })).toEqual({
      metadata: { name: 'x' },
    });
    expect(requests).toHaveLength(4);
    expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1);
  });

  test('and says so with a 503 is asked again, too; one that is away is not', async () => {
    const client = new ApiClient(transport.send, 'n');
    answer = (_, index) =>
      index === 0
        ? status(503, 'shutting down', { 'retry-after': '0' })
        : { body: { items: [], metadata: {} } };
    await client.list('pods');
    expect(requests).toHaveLength(2);
    answer = () => status(503, 'no endpoints');
    await expect(client.list('pods')).rejects.toMatchObject({ status: 503 });
    expect(requests).toHaveLength(3);
  });

  test('for ever is given up, with what it says', async () => {
    answer = () => busy();
    const client = new ApiClient(transport.send, 'n');
    await expect(client.list('pods')).rejects.toThrow('too many requests');
    expect(requests).toHaveLength(11);
  });

  test('for longer than one waits is not waited for', async () => {
    answer = () => busy('3600');
    await expect(new ApiClient(transport.send, 'n').list('pods')).rejects.toThrow('too many requests');
    expect(requests).toHaveLength(1);
  });

  test('keeps nobody from cancelling', async () => {
    const cancelled = new AbortController();
    answer = () => {
      setImmediate(() => cancelled.abort(new Error('Ctrl-C')));
      return busy('30');
    };
    const client = new ApiClient(transport.send, 'n', cancelled.signal);
    await expect(client.list('pods')).rejects.toThrow('aborted');
    expect(requests).toHaveLength(1);
  });
});

describe('a cluster before Kubernetes 1.30', () => {
  const origin = { version: 'v1', commit: 'c' };

  test.each([
    [400, 'strict decoding error: unknown field "spec.template.spec.containers[0].lifecycle.preStop.sleep"'],
    [
      422,
      'Deployment.apps "x" is invalid: spec.template.spec.containers[0].lifecycle.preStop: Required value: must specify a handler type',
    ],
  ])('that answers %i to the pause before the end gets pods without it', async (code, message) => {
    answer = (_, index) => (index === 0 ? status(code, message) : { status: 201, body: {} });
    const namespace = new Namespace(new ApiClient(transport.send, 'n'));
    expect(await namespace.createWorkload(workloadWith(), origin)).toBe(true);
    const [first, second] = bodies as V1Deployment[];
    expect(first?.spec?.template.spec?.containers[0]?.lifecycle).toEqual({
      preStop: { sleep: { seconds: 3 } },
    });
    expect(second?.spec?.template.spec?.containers[0]?.lifecycle).toEqual({});
  });

  test('is asked once only for what is wrong otherwise', async () => {
    answer = () => status(422, 'spec.template.spec.containers[0].image: Required value');
    const namespace = new Namespace(new ApiClient(transport.send, 'n'));
    await expect(namespace.createWorkload(workloadWith(), origin)).rejects.toThrow('Required value');
    expect(requests).toHaveLength(1);
  });
});

describe('what a plan asks', () => {
  const noImages: ImageStore = {
    find: () => Promise.reject(new Error('no image is needed')),
    put: () => Promise.reject(new Error('no image is needed')),
    putPrebuilt: () => Promise.reject(new Error('no image is needed')),
    runName: () => '',
  };
  const dev = { name: 'dev', vars: {} };

  /** Lists of a namespace in which a version with so many components runs. */
  function populated(components: number): Record<string, object[]> {
    const names = Array.from({ length: components }, (_, index) => `c${index}`);
    const manifest = manifestOf('v1', Object.fromEntries(names.map((name) => [name, {}])));
    const deployments = [...workloadsOf(manifest, dev).values()].map((workload) => ({
      ...workloadObject(workload, { version: 'v1', commit: 'c' }, { image: 'x' }),
      status: { availableReplicas: 1, observedGeneration: 0 },
    }));
    return {
      configmaps: [versionObject(manifest, ['dev']), environmentObject(dev, true)],
      deployments,
      services: planServices([manifest], []).apply.map(serviceObject),
    };
  }

  test.each([1, 10, 100])('of a version with %i components that runs is three lists', async (components) => {
    const lists = populated(components);
    answer = ({ url = '' }) => {
      const resource = new URL(url, 'http://x').pathname.split('/').at(-1) ?? '';
      return { body: { items: lists[resource] ?? [], metadata: { resourceVersion: '1' } } };
    };
    const namespace = new Namespace(new ApiClient(transport.send, 'n'), 'kubernetes');
    const state = await namespace.observe();
    const manifest = manifestOf(
      'v1',
      Object.fromEntries(state.workloads.map((each) => [each.component, {}])),
    );
    const { plan, services } = await planDeployment(manifest, 'dev', state, noImages);
    expect(plan).toMatchObject({ create: [], scale: [], settle: [] });
    expect(plan.keep).toHaveLength(components);
    expect(services).toEqual({ apply: [], remove: [], foreign: [] });
    expect(requests.toSorted()).toEqual([
      'GET /api/v1/namespaces/n/configmaps',
      'GET /api/v1/namespaces/n/services',
      'GET /apis/apps/v1/namespaces/n/deployments',
    ]);
  });
});
