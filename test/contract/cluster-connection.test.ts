// What may be wrong between fox and a cluster's API, each with a real server: certificates, credentials, silence, proxies.
import type { RequestListener } from 'node:http';
import type { V1ConfigMap } from '@kubernetes/client-node';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ApiClient } from '../../src/cluster/api/api-client.ts';
import { chooseKubernetes } from '../../src/cluster/connection/choose-cluster.ts';
import { openTransport } from '../../src/cluster/api/transport.ts';
import { KubeconfigHome, kubeconfig } from '../unit/cluster/connection/kubeconfig-home.ts';
import {
  base64,
  type CertificateWish,
  makeAuthority,
  type TestAuthority,
} from '../unit/cluster/connection/test-authority.ts';
import {
  type Listening,
  serveConnectProxy,
  serveHttp,
  serveSilence,
  serveSocksProxy,
  serveTls,
} from './tls-api.ts';

let authority: TestAuthority;
beforeAll(async () => {
  authority = await makeAuthority();
});

let home: KubeconfigHome;
let ending: (() => unknown)[];
beforeEach(async () => {
  home = await KubeconfigHome.create();
  ending = [async () => home.remove()];
});
afterEach(async () => {
  for (const end of ending.toReversed()) await end();
});

function lasting<T extends Listening>(listening: T): T {
  ending.push(async () => listening.close());
  return listening;
}

const emptyList: RequestListener = (_, response) => {
  response
    .setHeader('content-type', 'application/json')
    .end('{"items":[],"metadata":{"resourceVersion":"1"}}');
};

async function serve(listener: RequestListener = emptyList, wish: Partial<CertificateWish> = {}) {
  return lasting(await serveTls(await authority.sign({ name: 'api', ...wish }), listener));
}

/** A client of the cluster at a port, as the kubeconfig has it. */
async function clientOf(
  port: number,
  { cluster = {}, user = { token: 'abc' }, env = {}, silence = 15_000 }: ClientWish = {},
): Promise<ApiClient> {
  const known = { server: `https://127.0.0.1:${port}`, 'certificate-authority-data': base64(authority.ca) };
  const path = await home.write('config', kubeconfig({ ...known, ...cluster }, user));
  const { connection } = await chooseKubernetes({ env: { ...env, KUBECONFIG: path } });
  const transport = openTransport(connection, { silence });
  ending.push(() => transport.close());
  return new ApiClient(transport.send, 'orders');
}

interface ClientWish {
  readonly cluster?: object;
  readonly user?: object;
  readonly env?: Record<string, string>;
  readonly silence?: number;
}

async function listOf(client: ApiClient) {
  return client.list<V1ConfigMap>('configmaps');
}

async function failureOf(client: ApiClient): Promise<unknown> {
  return listOf(client).then(
    () => 'it succeeded',
    (error: unknown) => error,
  );
}

describe('a cluster that is trusted', () => {
  it('is one whose certificate the authority of the kubeconfig has signed', async () => {
    const { port } = await serve();
    expect(await listOf(await clientOf(port))).toEqual({ items: [], resourceVersion: '1' });
  });

  it('may have another name in its certificate that the kubeconfig knows', async () => {
    const { port } = await serve(emptyList, { hosts: ['kubernetes.example.com'] });
    const cluster = { 'tls-server-name': 'kubernetes.example.com' };
    expect(await listOf(await clientOf(port, { cluster }))).toMatchObject({ items: [] });
  });

  it('may be any if the kubeconfig says so', async () => {
    const { port } = await serve(emptyList, { to: -0.5 });
    const cluster = { 'certificate-authority-data': undefined, 'insecure-skip-tls-verify': true };
    expect(await listOf(await clientOf(port, { cluster }))).toMatchObject({ items: [] });
  });

  it.each([
    ['has an expired certificate', { to: -0.5 }, 'its certificate has expired', 'must renew'],
    ['has a certificate of the future', { from: 1, to: 2 }, 'its certificate is not valid yet', 'clock'],
    [
      'has a certificate for another name',
      { hosts: ['10.1.2.3'] },
      'its certificate is for another name',
      'new kubeconfig',
    ],
  ])('is not one that %s', async (_, wish, why, help) => {
    const { port } = await serve(emptyList, wish);
    expect(await failureOf(await clientOf(port))).toMatchObject({
      code: 'CLUSTER_UNREACHABLE',
      message: `the cluster at https://127.0.0.1:${port} can't be trusted: ${why}`,
      hints: [expect.stringContaining(help)],
    });
  });

  it('is not one that another authority has signed', async () => {
    const { port } = await serve();
    const other = await makeAuthority('authority');
    const cluster = { 'certificate-authority-data': base64(other.ca) };
    expect(await failureOf(await clientOf(port, { cluster }))).toMatchObject({
      code: 'CLUSTER_UNREACHABLE',
      message: expect.stringMatching(
        /can't be trusted: its certificate is not signed by the kubeconfig's authority$/,
      ),
    });
  });
});

/** Answers those who have one of the tokens. */
function wantsToken(...tokens: string[]): RequestListener {
  return (request, response) => {
    if (tokens.some((token) => request.headers.authorization === `Bearer ${token}`))
      emptyList(request, response);
    else response.writeHead(401).end('{"kind":"Status","code":401,"message":"Unauthorized"}');
  };
}

describe('credentials', () => {
  it('that are refused are named', async () => {
    const { port } = await serve(wantsToken('right'));
    expect(await failureOf(await clientOf(port))).toMatchObject({
      code: 'CLUSTER_UNAUTHORIZED',
      exitCode: 3,
      message: `the cluster at https://127.0.0.1:${port} doesn't accept these credentials`,
      hints: [expect.stringContaining('kubectl --context dev auth whoami')],
    });
  });

  it('of a plugin are made anew once when they are refused', async () => {
    let asked = 0;
    const { port } = await serve((request, response) => {
      asked += 1;
      wantsToken('token-2')(request, response);
    });
    const answer =
      '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"token-%s"}}';
    const count = `echo x >> runs; printf '${answer}' $(wc -l < runs)`;
    await home.write('plugin', `#!/bin/sh\ncd ${home.directory}\n${count}\n`, 0o700);
    const user = { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: './plugin' } };
    expect(await listOf(await clientOf(port, { user }))).toMatchObject({ items: [] });
    expect(asked).toBe(2);
  });

  it('that are refused again and again are not asked for again and again', async () => {
    let asked = 0;
    const { port } = await serve((_, response) => {
      asked += 1;
      response.writeHead(401).end();
    });
    await home.write('token', 'abc');
    expect(await failureOf(await clientOf(port, { user: { tokenFile: 'token' } }))).toMatchObject({
      code: 'CLUSTER_UNAUTHORIZED',
    });
    expect(asked).toBe(2);
  });

  it('may be a certificate', async () => {
    const server = await authority.sign({ name: 'api' });
    const { port } = lasting(
      await serveTls(server, emptyList, { ca: authority.ca, requestCert: true, rejectUnauthorized: true }),
    );
    const asUser = async (wish: Partial<CertificateWish>) => {
      const { cert, key } = await authority.sign({ name: 'me', ...wish });
      const user = { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) };
      return clientOf(port, { user });
    };
    expect(await listOf(await asUser({}))).toMatchObject({ items: [] });
    expect(await failureOf(await asUser({ to: -0.5 }))).toMatchObject({
      code: 'CLUSTER_UNAUTHORIZED',
      message: expect.stringMatching(
        /doesn't accept these credentials: the client certificate expired on \d{4}-/,
      ),
    });
  });

  it('that have expired are named where the API says no more than 401', async () => {
    const { port } = await serve((_, response) => void response.writeHead(401).end());
    const { cert, key } = await authority.sign({ name: 'me', to: -0.5 });
    const user = { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) };
    expect(await failureOf(await clientOf(port, { user }))).toMatchObject({
      message: expect.stringContaining('the client certificate expired on'),
    });
  });
});

describe('a cluster that is away', () => {
  it('refuses connections', async () => {
    const gone = await serveSilence();
    await gone.close();
    const { port } = gone;
    expect(await failureOf(await clientOf(port))).toMatchObject({
      code: 'CLUSTER_UNREACHABLE',
      message: `no cluster answers at https://127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port}`,
      hints: [expect.stringContaining('kubectl --context dev version'), expect.stringContaining('embedded')],
    });
  });

  it('has no such name', async () => {
    const cluster = { server: 'https://no-such-host.invalid' };
    expect(await failureOf(await clientOf(0, { cluster }))).toMatchObject({
      code: 'CLUSTER_UNREACHABLE',
      message: expect.stringContaining('no-such-host.invalid'),
    });
  });

  it.each(['before TLS', 'before an answer'])('hangs %s', async (when) => {
    const { port } = when === 'before TLS' ? lasting(await serveSilence()) : await serve(() => undefined);
    expect(await failureOf(await clientOf(port, { silence: 200 }))).toMatchObject({
      code: 'CLUSTER_UNREACHABLE',
      message: expect.stringContaining('it was silent for 0.2 s'),
    });
  });

  it('cuts a list in the middle', async () => {
    const { port } = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1_000 });
      response.write('{"items":[', () => response.destroy());
    });
    expect(await failureOf(await clientOf(port))).toMatchObject({
      code: 'CLUSTER_UNREACHABLE',
      message: expect.stringContaining('the connection to the cluster broke off'),
    });
  });

  it('cuts an idle connection just when it is used again', async () => {
    let served = 0;
    const api = await serve((request, response) => {
      served += 1;
      if (served === 2) request.socket.destroy();
      else emptyList(request, response);
    });
    const client = await clientOf(api.port);
    await listOf(client);
    expect(await listOf(client)).toMatchObject({ items: [] });
    expect(served).toBe(3);
  });

  it('speaks no TLS', async () => {
    const { port } = lasting(await serveHttp(emptyList));
    expect(await failureOf(await clientOf(port))).toMatchObject({
      code: 'CLUSTER_UNREACHABLE',
      message: `no cluster answers at https://127.0.0.1:${port}: it doesn't speak HTTPS`,
    });
  });

  it('is a login page', async () => {
    const { port } = await serve((_, response) => {
      response.writeHead(302, { location: 'https://login.example.com/?secret' }).end('<html>');
    });
    expect(await failureOf(await clientOf(port))).toMatchObject({
      code: 'CLUSTER_UNREACHABLE',
      message: expect.stringMatching(/is no Kubernetes API: it leads on to https:\/\/login.example.com$/),
    });
  });

  it.each([200, 403, 502])('is something else that answers %s', async (status) => {
    const { port } = await serve((_, response) => void response.writeHead(status).end('<html>hello'));
    expect(await failureOf(await clientOf(port))).toMatchObject({
      message: `the cluster answered: HTTP status ${status}: nothing that a Kubernetes API says`,
    });
  });
});

it('asks at most so much at once, and what waits is not taken for silence', async () => {
  let [now, most] = [0, 0];
  const listener: RequestListener = (request, response) => {
    now += 1;
    most = Math.max(most, now);
    setTimeout(() => {
      now -= 1;
      emptyList(request, response);
    }, 30);
  };
  const { port } = lasting(await serveHttp(listener));
  const cluster = { server: `http://127.0.0.1:${port}` };
  const client = await clientOf(port, { cluster, silence: 600 });
  await Promise.all(Array.from({ length: 480 }, async () => listOf(client)));
  expect(most).toBe(16);
});

it('reaches an API below a path', async () => {
  const paths: string[] = [];
  const api = await serve((request, response) => {
    paths.push(request.url ?? '');
    emptyList(request, response);
  });
  const cluster = { server: `https://127.0.0.1:${api.port}/k8s/clusters/c-1/` };
  await listOf(await clientOf(0, { cluster }));
  expect(paths).toEqual(['/k8s/clusters/c-1/api/v1/namespaces/orders/configmaps']);
});

describe('a proxy', () => {
  it("is the kubeconfig's", async () => {
    const proxy = lasting(await serveConnectProxy());
    const { port } = await serve();
    const cluster = { 'proxy-url': `http://me:geheim@127.0.0.1:${proxy.port}` };
    expect(await listOf(await clientOf(port, { cluster }))).toMatchObject({ items: [] });
    expect(proxy.asked).toEqual([
      { target: `127.0.0.1:${port}`, authorization: `Basic ${base64('me:geheim')}` },
    ]);
  });

  it('is that of the environment', async () => {
    const proxy = lasting(await serveConnectProxy());
    const { port } = await serve(emptyList, { hosts: ['api.test.invalid'] });
    const cluster = { server: `https://api.test.invalid:${port}` };
    const env = { HTTPS_PROXY: `127.0.0.1:${proxy.port}` };
    expect(await listOf(await clientOf(0, { cluster, env }))).toMatchObject({ items: [] });
    expect(proxy.asked).toEqual([{ target: `api.test.invalid:${port}` }]);
  });

  it('may speak SOCKS', async () => {
    const proxy = lasting(await serveSocksProxy());
    const { port } = await serve();
    const cluster = { 'proxy-url': `socks5://127.0.0.1:${proxy.port}` };
    expect(await listOf(await clientOf(port, { cluster }))).toMatchObject({ items: [] });
    expect(proxy.asked).toEqual([{ target: `127.0.0.1:${port}` }]);
  });

  it('checks no certificates less', async () => {
    const proxy = lasting(await serveConnectProxy());
    const { port } = await serve(emptyList, { hosts: ['10.1.2.3'] });
    const cluster = { 'proxy-url': `http://127.0.0.1:${proxy.port}` };
    expect(await failureOf(await clientOf(port, { cluster }))).toMatchObject({
      message: expect.stringContaining("can't be trusted: its certificate is for another name"),
    });
  });

  it('carries client certificates', async () => {
    const proxy = lasting(await serveConnectProxy());
    const server = await authority.sign({ name: 'api' });
    const options = { ca: authority.ca, requestCert: true, rejectUnauthorized: true };
    const { port } = lasting(await serveTls(server, emptyList, options));
    const { cert, key } = await authority.sign({ name: 'me' });
    const user = { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) };
    const cluster = { 'proxy-url': `http://127.0.0.1:${proxy.port}` };
    expect(await listOf(await clientOf(port, { cluster, user }))).toMatchObject({ items: [] });
  });

  it('that refuses is named, without its password', async () => {
    const proxy = lasting(await serveConnectProxy(407));
    const { port } = await serve();
    const cluster = { 'proxy-url': `http://me:geheim@127.0.0.1:${proxy.port}` };
    expect(await failureOf(await clientOf(port, { cluster }))).toMatchObject({
      code: 'CLUSTER_UNREACHABLE',
      message: `no cluster answers at https://127.0.0.1:${port} through the proxy http://127.0.0.1:${proxy.port}: the proxy answered with status 407`,
    });
  });

  it('that hangs is noticed', async () => {
    const proxy = lasting(await serveSilence());
    const { port } = await serve();
    const cluster = { 'proxy-url': `http://127.0.0.1:${proxy.port}` };
    expect(await failureOf(await clientOf(port, { cluster, silence: 200 }))).toMatchObject({
      message: expect.stringContaining('it was silent for 0.2 s'),
    });
  });
});
