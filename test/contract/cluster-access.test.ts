// What users are told when a cluster refuses: all rights that are missing at once, a quota in its own words, a namespace that isn't there.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { explainAnswer, requireDeployer, whereAllowed } from '../../src/actions/session/access.ts';
import { ApiClient } from '../../src/cluster/api/api-client.ts';
import { Namespace } from '../../src/cluster/namespace.ts';
import { type Part, rightsOf } from '../../src/cluster/rights.ts';
import { openTransport, type OpenTransport } from '../../src/cluster/api/transport.ts';
import { type Listening, serveHttp } from './tls-api.ts';

interface Answer {
  readonly status: number;
  readonly body: object;
}

const empty: Answer = { status: 200, body: { items: [], metadata: { resourceVersion: '1' } } };

/** As API servers say it when an authorizer refuses. */
function forbidden(verb: string, resource: string, group: string): Answer {
  const message = `${resource}${group === '' ? '' : `.${group}`} is forbidden: User "jane" cannot ${verb} resource "${resource}" in API group "${group}" in the namespace "orders"`;
  return { status: 403, body: { kind: 'Status', code: 403, reason: 'Forbidden', message } };
}

let api: Listening;
let transport: OpenTransport;
let client: ApiClient;
let answers: Map<string, Answer>;
/** Rights that are refused: `create deployments`. */
let refused: Set<string>;
let reviews: number;

beforeEach(async () => {
  [answers, refused, reviews] = [new Map(), new Set(), 0];
  api = await serveHttp((request, response) => void answer(request, response));
  transport = openTransport({
    server: `http://127.0.0.1:${api.port}`,
    options: () => ({}),
    hints: { unreachable: [], unauthorized: [] },
  });
  client = new ApiClient(transport.send, 'orders');
});
afterEach(async () => {
  transport.close();
  await api.close();
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '').replace(/\?.*/, '');
  const { status, body } = path.endsWith('/selfsubjectaccessreviews')
    ? await review(request)
    : (answers.get(`${request.method} ${path}`) ?? empty);
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function review(request: IncomingMessage): Promise<Answer> {
  reviews += 1;
  const { spec } = (await json(request)) as {
    spec: { resourceAttributes: { verb: string; resource: string; subresource?: string; namespace: string } };
  };
  const { verb, resource, subresource, namespace } = spec.resourceAttributes;
  const right = `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}`;
  const allowed = namespace === 'orders' && !refused.has(right);
  return { status: 201, body: { status: { allowed } } };
}

/** What a user is told when `work` fails. */
async function told(work: Promise<unknown>, part: Part): Promise<unknown> {
  return work.then(
    () => 'it succeeded',
    async (error: unknown) => explainAnswer(error, client, { context: 'dev', part }),
  );
}

const deployments = '/apis/apps/v1/namespaces/orders/deployments';

describe('a refusal', () => {
  it('names all rights that are missing', async () => {
    answers.set(`POST ${deployments}`, forbidden('create', 'deployments', 'apps'));
    refused = new Set(['create deployments', 'patch deployments/scale', 'patch deployments']);
    expect(await told(client.create('deployments', {}), 'deployer')).toMatchObject({
      code: 'CLUSTER_FORBIDDEN',
      exitCode: 3,
      message: expect.stringContaining('User "jane" cannot create resource "deployments"'),
      details: [
        'not allowed in namespace orders:',
        '  deployments (apps): create, patch',
        '  deployments/scale (apps): patch',
      ],
      hints: ['`fox doctor --role deployer` prints the Role that grants them, for whoever runs the cluster.'],
    });
  });

  it('of somebody who only looks names what looking needs', async () => {
    answers.set('GET /api/v1/namespaces/orders/services', forbidden('list', 'services', ''));
    refused = new Set(rightsOf('deployer').map(({ verb, resource }) => `${verb} ${resource}`));
    for (const { verb, resource } of rightsOf('reader')) refused.delete(`${verb} ${resource}`);
    refused.add('list services');
    const observing = new Namespace(client, 'kubernetes').observe();
    expect(await told(observing, 'reader')).toMatchObject({
      details: ['not allowed in namespace orders:', '  services: list'],
      hints: [expect.stringContaining('--role reader')],
    });
  });

  it('of what only an installer does names what installing needs', async () => {
    answers.set('POST /api/v1/namespaces/orders/serviceaccounts', forbidden('create', 'serviceaccounts', ''));
    refused = new Set(['create serviceaccounts', 'create roles']);
    expect(await told(client.create('serviceaccounts', {}), 'deployer')).toMatchObject({
      details: [
        'not allowed in namespace orders:',
        '  serviceaccounts: create',
        '  roles (rbac.authorization.k8s.io): create',
      ],
      hints: [expect.stringContaining('--role installer')],
    });
  });

  it('of everything may be the wrong namespace', async () => {
    answers.set(`GET ${deployments}`, forbidden('list', 'deployments', 'apps'));
    for (const { verb, resource, subresource } of rightsOf('reader'))
      refused.add(`${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}`);
    expect(await told(client.list('deployments'), 'reader')).toMatchObject({
      hints: [expect.any(String), 'Nothing is allowed there: is it the right namespace?'],
    });
  });

  it.each([
    'deployments.apps "web" is forbidden: exceeded quota: small, requested: count/deployments.apps=1, used: count/deployments.apps=1, limited: count/deployments.apps=1',
    'admission webhook "policy.example.com" denied the request: images must be signed',
    'roles.rbac.authorization.k8s.io "x" is forbidden: user "jane" (groups=[]) is attempting to grant RBAC permissions not currently held',
  ])('by something else than the authorizer stays in its words: %s', async (message) => {
    answers.set(`POST ${deployments}`, { status: 403, body: { kind: 'Status', code: 403, message } });
    refused = new Set(['create horizontalpodautoscalers']);
    expect(await told(client.create('deployments', {}), 'deployer')).toMatchObject({
      code: 'CLUSTER_FORBIDDEN',
      message: `the cluster answered: ${message}`,
      details: [],
    });
    expect(reviews).toBe(0);
  });

  it('by a quota says what helps, whatever was to be written', async () => {
    const message = 'configmaps "shop-version-v1" is forbidden: exceeded quota: few, requested: configmaps=1';
    answers.set('POST /api/v1/namespaces/orders/configmaps', {
      status: 403,
      body: { kind: 'Status', code: 403, message },
    });
    expect(await told(client.create('configmaps', {}), 'deployer')).toMatchObject({
      code: 'CLUSTER_FORBIDDEN',
      message: `the cluster answered: ${message}`,
      hints: [expect.stringContaining('kubectl describe quota')],
    });
  });

  it('stays as it is where the cluster tells no rights', async () => {
    answers.set(`POST ${deployments}`, forbidden('create', 'deployments', 'apps'));
    expect(await told(client.create('deployments', {}), 'deployer')).toMatchObject({
      code: 'CLUSTER_FORBIDDEN',
      details: [],
    });
  });
});

describe('before anything is built', () => {
  it('whoever may deploy is asked for in one round trip', async () => {
    await requireDeployer(client);
    expect(reviews).toBeLessThanOrEqual(16);
  });

  it.each([
    'patch configmaps',
    'watch leases',
    'create leases',
    'list pods',
    'watch deployments',
    'create services',
    'patch services',
  ])('whoever may not %s learns it, not when half of it is done', async (right) => {
    refused = new Set([right]);
    await expect(requireDeployer(client)).rejects.toMatchObject({ code: 'CLUSTER_FORBIDDEN' });
  });

  it('what it takes beside that is asked for, too', async () => {
    refused = new Set(['delete deployments']);
    await requireDeployer(client);
    const deleting = [{ verb: 'delete', resource: 'deployments' }] as const;
    await expect(requireDeployer(client, deleting)).rejects.toMatchObject({
      code: 'CLUSTER_FORBIDDEN',
      details: ['not allowed in namespace orders:', '  deployments (apps): delete'],
    });
  });

  it('whoever may not is told all that is missing', async () => {
    refused = new Set(['update leases', 'get secrets']);
    await expect(requireDeployer(client)).rejects.toMatchObject({
      code: 'CLUSTER_FORBIDDEN',
      message: 'this user may not deploy in namespace orders',
      details: [
        'not allowed in namespace orders:',
        '  secrets: get',
        '  leases (coordination.k8s.io): update',
      ],
    });
  });
});

describe('a namespace', () => {
  const missing: Answer = {
    status: 404,
    body: { kind: 'Status', code: 404, reason: 'NotFound', message: 'namespaces "orders" not found' },
  };

  it('that is empty and not there is named', async () => {
    answers.set('GET /api/v1/namespaces/orders', missing);
    expect(await told(new Namespace(client, 'kubernetes').observe(), 'reader')).toMatchObject({
      code: 'CLUSTER_NOT_CONFIGURED',
      message: 'cluster dev has no namespace "orders"',
      hints: ['`kubectl create namespace orders --context dev` makes it.', '`--namespace` names another.'],
    });
  });

  it('that goes away is named, too', async () => {
    answers.set(`POST ${deployments}`, missing);
    expect(await told(client.create('deployments', {}), 'deployer')).toMatchObject({
      message: 'cluster dev has no namespace "orders"',
    });
  });

  it('that one may not look at is taken to be there', async () => {
    answers.set('GET /api/v1/namespaces/orders', forbidden('get', 'namespaces', ''));
    expect(await new Namespace(client, 'kubernetes').observe()).toMatchObject({ workloads: [] });
  });

  it('that has something is not asked for', async () => {
    answers.set('GET /api/v1/namespaces/orders', { status: 500, body: {} });
    const items = [{ metadata: { name: 'other' }, spec: {} }];
    answers.set('GET /api/v1/namespaces/orders/services', {
      status: 200,
      body: { items, metadata: { resourceVersion: '1' } },
    });
    expect(await new Namespace(client, 'kubernetes').observe()).toMatchObject({ versions: [] });
  });
});

describe('a list that a picture is complete without', () => {
  it('is left out where it is not allowed, and said so', async () => {
    const leases = '/apis/coordination.k8s.io/v1/namespaces/orders/leases';
    answers.set(`GET ${leases}`, forbidden('list', 'leases', 'coordination.k8s.io'));
    const said: string[] = [];
    const list = await whereAllowed<unknown>(client.list('leases'), 'nothing', (why) => said.push(why));
    expect(list).toBe('nothing');
    expect(said).toEqual([expect.stringContaining('cannot list resource "leases"')]);
  });

  it('fails where something else is wrong', async () => {
    answers.set('GET /apis/coordination.k8s.io/v1/namespaces/orders/leases', { status: 500, body: {} });
    await expect(
      whereAllowed<unknown>(client.list('leases'), 'nothing', () => undefined),
    ).rejects.toMatchObject({
      status: 500,
    });
  });
});
