// A Kubernetes API that answers what the doctor asks, as a test wants it to, with the kubeconfig that leads there.
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the API has and allows. */
export interface FakeKubernetes {
  /** Phase of the namespace; `missing`, or `forbidden` to look at. */
  readonly namespace?: string;
  /** Rights that are refused: `create deployments`. */
  readonly refuses?: readonly string[];
  /** Routers by name: the annotations of their Leases. */
  readonly routers?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The last change that routers must know. */
  readonly epoch?: number;
  /** The Deployment of the routers is there. */
  readonly isInstalled?: boolean;
  /** How far its clock is ahead, in ms. */
  readonly skew?: number;
  /** Paths that get no answer. */
  readonly hangsAt?: RegExp;
}

/** A fake that listens. */
export interface ListeningKubernetes {
  readonly server: string;
  /** How many requests it got. */
  readonly requests: () => number;
  /** Writes a kubeconfig with the context `fake`. */
  readonly writeKubeconfig: (file: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Starts it on a free port of loopback. */
export async function startKubernetes(has: FakeKubernetes): Promise<ListeningKubernetes> {
  let requests = 0;
  const server = createServer((request, response) => {
    requests++;
    void answer(has, request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    server: url,
    requests: () => requests,
    writeKubeconfig: (file) => writeFile(file, kubeconfigOf(url)),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function kubeconfigOf(server: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'fake', cluster: { server } }],
    users: [{ name: 'fake', user: { token: 'secret' } }],
    contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'fake', namespace: 'orders' } }],
    'current-context': 'fake',
  });
}

async function answer(
  has: FakeKubernetes,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const path = new URL(request.url ?? '/', 'http://x').pathname;
  if (has.hangsAt?.test(path) === true) return;
  const [status, body] = bodyFor(has, path, Buffer.concat(chunks).toString('utf8'));
  response.sendDate = false;
  response.writeHead(status, {
    'content-type': 'application/json',
    date: new Date(Date.now() + (has.skew ?? 0)).toUTCString(),
  });
  response.end(JSON.stringify(body));
}

function bodyFor(has: FakeKubernetes, path: string, body: string): [number, object] {
  const { namespace = 'Active', refuses = [], isInstalled = false, epoch = 0 } = has;
  if (path === '/version') return [200, { major: '1', minor: '34', gitVersion: 'v1.34.1' }];
  if (path === '/api/v1/namespaces/orders') {
    if (namespace === 'missing') return [404, failure(404, 'NotFound')];
    if (namespace === 'forbidden') return [403, failure(403, 'Forbidden')];
    return [200, { metadata: { name: 'orders' }, status: { phase: namespace } }];
  }
  if (path.endsWith('/selfsubjectaccessreviews')) {
    const { verb, resource, subresource } = (
      JSON.parse(body) as { spec: { resourceAttributes: Record<string, string> } }
    ).spec.resourceAttributes;
    const right = `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}`;
    return [201, { status: { allowed: !refuses.includes(right) } }];
  }
  if (path.endsWith('/selfsubjectreviews'))
    return [201, { status: { userInfo: { username: 'ada@example.com' } } }];
  if (path.endsWith('/leases')) {
    return refuses.includes('list leases') ? [403, failure(403, 'Forbidden')] : [200, leaseList(has)];
  }
  if (path.endsWith('/configmaps/fox-releases')) {
    return [200, { metadata: { name: 'fox-releases' }, data: { '.epoch': String(epoch) } }];
  }
  if (path.endsWith('/deployments/fox-router') && isInstalled)
    return [200, { metadata: { name: 'fox-router' } }];
  return [404, failure(404, 'NotFound')];
}

function leaseList({ routers = {}, skew = 0 }: FakeKubernetes): object {
  const renewTime = new Date(Date.now() + skew).toISOString();
  const items = Object.entries(routers).map(([name, annotations]) => ({
    metadata: { name, annotations: { 'kubefox.io/epoch': '0', ...annotations } },
    spec: { holderIdentity: name, leaseDurationSeconds: 15, renewTime },
  }));
  return { metadata: { resourceVersion: '1' }, items };
}

function failure(code: number, reason: string): object {
  return { kind: 'Status', status: 'Failure', code, reason, message: reason };
}
