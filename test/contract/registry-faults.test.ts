// What networks, busy servers and killed processes do to a push, and what becomes of it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, onTestFinished, test } from 'vitest';
import { Transient } from '../../src/images/registry/patience.ts';
import type { RetryNotice } from '../../src/images/registry/registry-client.ts';
import { answerError } from '../../src/images/registry/registry-error.ts';
import { bytesOf, descriptorOf, imageOf, referenceOf } from './registry-image.ts';
import { environmentWith, startRegistry, temporaryDirectory } from './registry-process.ts';
import { type SeenRequest, startProxy } from './registry-proxy.ts';
import { startResumingRegistry } from './registry-resuming.ts';
import { clientFor, contentOf, layerOf, seed, storeAt } from './registry-sample.ts';

const isUpload = ({ method, path }: SeenRequest) =>
  (method === 'PUT' || method === 'PATCH') && path.includes('/blobs/uploads/');

const send = (bytes: Buffer) => (offset: number) => Readable.from([bytes.subarray(offset)]);

test('an upload whose connection breaks is completed', async (context) => {
  const { host } = await startRegistry(context);
  let cuts = 0;
  const proxy = await startProxy(host, (request) =>
    isUpload(request) && ++cuts <= 2 ? { cutRequestAfter: 700_000 } : undefined,
  );
  const client = await clientFor(proxy.host);
  const bytes = bytesOf('large', 2_000_000);
  const blob = await seed(client, 'shop/web', bytes);
  expect(cuts).toBeGreaterThan(2);
  expect((await contentOf(await client.blob('shop/web', blob))).equals(bytes)).toBe(true);
});

test('an upload goes on from where the registry says it got to', async () => {
  const registry = await startResumingRegistry();
  let cuts = 0;
  const proxy = await startProxy(registry.host, (request) =>
    isUpload(request) && ++cuts <= 3 ? { cutRequestAfter: 500_000 } : undefined,
  );
  const bytes = bytesOf('large', 2_000_000);
  const offsets: number[] = [];
  const client = await clientFor(proxy.host);
  await client.uploadBlob('shop/web', descriptorOf(bytes), (offset) => {
    offsets.push(offset);
    return Readable.from([bytes.subarray(offset)]);
  });
  expect(offsets).toEqual([0, 500_000, 1_000_000, 1_500_000]);
  expect(registry.blobs.get(descriptorOf(bytes).digest)?.equals(bytes)).toBe(true);
});

test('an upload whose last answer is lost is not sent again', async (context) => {
  const { host } = await startRegistry(context);
  const proxy = await startProxy(host, (request) => (request.method === 'PUT' ? 'lose-answer' : undefined));
  const bytes = bytesOf('web', 100_000);
  await seed(await clientFor(proxy.host), 'shop/web', bytes);
  expect(proxy.seen.filter(isUpload)).toHaveLength(1);
  expect(await (await clientFor(host)).hasBlob('shop/web', descriptorOf(bytes).digest)).toBe(true);
});

test('a registry that is busy is asked again when it says', async (context) => {
  const { host } = await startRegistry(context);
  const answers = [
    { status: 429, headers: { 'retry-after': '1' } },
    { status: 503 },
    { status: 502 },
    undefined,
  ];
  const proxy = await startProxy(host, (_, number) => answers[number - 1]);
  const notices: RetryNotice[] = [];
  const client = await clientFor(proxy.host, { onRetry: (notice) => notices.push(notice) });
  expect(await client.resolve('shop/web', '1')).toBeUndefined();
  expect(notices.map(({ why }) => why)).toEqual([
    `can't pull shop/web at the registry ${proxy.host}: too many requests (429)`,
    `can't pull shop/web at the registry ${proxy.host}: it failed (503)`,
    `can't pull shop/web at the registry ${proxy.host}: it failed (502)`,
  ]);
  expect(notices[0]?.waitMs).toBe(1000);
});

test('a registry that asks to wait for longer than that is not waited for', async (context) => {
  const { host } = await startRegistry(context);
  const proxy = await startProxy(host, () => ({ status: 429, headers: { 'retry-after': '3600' } }));
  await expect((await clientFor(proxy.host)).resolve('shop/web', '1')).rejects.toMatchObject({
    code: 'REGISTRY_ERROR',
    details: ['It asks to wait for 3600 s.'],
  });
  expect(proxy.seen).toHaveLength(1);
});

test('a registry whose disk is full is named with what it says, and nothing of the image is reachable', async (context) => {
  const { host } = await startRegistry(context);
  const body = JSON.stringify({
    errors: [{ code: 'UNKNOWN', message: 'write blob: no space left on device' }],
  });
  const proxy = await startProxy(host, (request) => (isUpload(request) ? { status: 500, body } : undefined));
  const store = await storeAt(proxy.host);
  await expect(
    store.put(referenceOf('web'), imageOf([await layerOf(bytesOf('web', 100_000))])),
  ).rejects.toMatchObject({
    code: 'REGISTRY_ERROR',
    message: `can't push to order/shop/web at the registry ${proxy.host}: it failed (500)`,
    details: ['UNKNOWN: write blob: no space left on device', expect.stringMatching(/^Tried 4 times/)],
  });
  expect(await (await storeAt(host)).find([referenceOf('web')])).toEqual(new Map());
});

test('an upload that a registry fails to give up holds nothing up', async (context) => {
  const { host } = await startRegistry(context);
  const proxy = await startProxy(host, ({ method }) => (method === 'DELETE' ? { status: 503 } : undefined));
  const client = await clientFor(proxy.host);
  expect(await client.mountBlob('base/node', 'shop/web', `sha256:${'0'.repeat(64)}`)).toBe(false);
  await client.checkPush('shop/web');
  expect(proxy.seen.filter(({ method }) => method === 'DELETE')).toHaveLength(2);
});

test('what a registry refuses is not tried again', async (context) => {
  const { host } = await startRegistry(context);
  for (const status of [400, 404, 405, 413, 418]) {
    const proxy = await startProxy(host, () => ({ status, body: '<html>' }));
    const manifest = imageOf([]).manifest;
    await expect((await clientFor(proxy.host)).putManifest('shop/web', '1', manifest)).rejects.toMatchObject({
      code: 'REGISTRY_ERROR',
      message: expect.stringContaining(`${status}`),
    });
    expect(proxy.seen.filter(({ method }) => method === 'PUT')).toHaveLength(1);
  }
});

test('bytes that are not those of the digest are named', async (context) => {
  const { host } = await startRegistry(context);
  const client = await clientFor(host);
  const blob = descriptorOf(bytesOf('web', 10_000));
  await expect(client.uploadBlob('shop/web', blob, send(bytesOf('else', 10_000)))).rejects.toMatchObject({
    code: 'REGISTRY_ERROR',
    message: `the registry ${host} got other bytes than those of ${blob.digest} for shop/web`,
  });
  await expect(client.uploadBlob('shop/web', blob, send(bytesOf('web', 5000)))).rejects.toThrow(
    /has 5000 bytes instead of 10000 at its source/,
  );
  await expect(client.uploadBlob('shop/web', blob, send(bytesOf('web', 20_000)))).rejects.toThrow(
    /has more bytes instead of 10000 at its source/,
  );
  expect(await client.hasBlob('shop/web', blob.digest)).toBe(false);
});

test('a layer that has vanished is named as a file', async (context) => {
  const { host } = await startRegistry(context);
  const layer = { ...(await layerOf(bytesOf('web', 1000))), file: '/nowhere/layer.tar' };
  await expect((await storeAt(host)).put(referenceOf('web'), imageOf([layer]))).rejects.toMatchObject({
    code: 'FILE_SYSTEM',
    message: expect.stringContaining('/nowhere/layer.tar'),
  });
});

test('a registry that is down is named', async (context) => {
  const registry = await startRegistry(context);
  await registry.stop();
  const { host } = registry;
  const client = await clientFor(host);
  await expect(client.resolve('shop/web', '1')).rejects.toMatchObject({
    code: 'REGISTRY_UNREACHABLE',
    message: `can't reach the registry ${host}: the connection was refused, nothing listens there`,
    details: [expect.stringMatching(/^Tried 4 times/)],
  });
});

test('a registry that comes back is used', async (context) => {
  const { host } = await startRegistry(context);
  let served = 0;
  const proxy = await startProxy(host, () => (++served <= 3 ? { cutRequestAfter: 0 } : undefined));
  expect(await (await clientFor(proxy.host)).resolve('shop/web', '1')).toBeUndefined();
});

test('a name that nobody knows is named', async () => {
  await expect((await clientFor('registry.invalid')).resolve('shop/web', '1')).rejects.toMatchObject({
    code: 'REGISTRY_UNREACHABLE',
    message: expect.stringMatching(
      /registry\.invalid: (there is no host of that name|its name could not be)/,
    ),
  });
});

test('an abort ends everything at once, also in the middle of an upload', async (context) => {
  const { host } = await startRegistry(context);
  const aborting = new AbortController();
  const proxy = await startProxy(host, (request) => {
    if (!isUpload(request)) return undefined;
    setImmediate(() => aborting.abort());
    return 'silence';
  });
  const store = await storeAt(proxy.host, { signal: aborting.signal });
  const image = imageOf([await layerOf(bytesOf('web', 5_000_000))]);
  await expect(store.put(referenceOf('web'), image)).rejects.toMatchObject({ code: 'CANCELLED' });
  const before = proxy.seen.length;
  await expect(store.find([referenceOf('web')])).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(proxy.seen).toHaveLength(before);
});

test('plain HTTP is spoken to another machine only if that is wanted', async (context) => {
  const { host } = await startRegistry(context);
  // Not a loopback name, though it leads to this machine.
  const elsewhere = host.replace('127.0.0.1', '0.0.0.0');
  await expect((await clientFor(elsewhere)).resolve('shop/web', '1')).rejects.toMatchObject({
    code: 'REGISTRY_UNREACHABLE',
    message: `can't reach the registry ${elsewhere}: it does not speak HTTPS`,
    hints: [expect.stringContaining('insecure: true')],
  });
  const insecure = await clientFor(elsewhere, { insecure: true });
  expect(await insecure.resolve('shop/web', '1')).toBeUndefined();
});

test('the proxy of the environment is used, but not for this machine', async (context) => {
  const { host } = await startRegistry(context);
  const tunnels: string[] = [];
  const proxy = createServer();
  proxy.on('connect', (request, socket: Socket) => {
    tunnels.push(request.url ?? '');
    const onward = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    onTestFinished(() => void onward.destroy());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => void proxy.close());
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const env = {
    ...(await environmentWith()),
    HTTP_PROXY: address,
    HTTPS_PROXY: address.slice('http://'.length),
  };
  const elsewhere = host.replace('127.0.0.1', 'registry.invalid');
  const client = await clientFor(elsewhere, { env, insecure: true });
  expect(await client.resolve('shop/web', '1')).toBeUndefined();
  expect(tunnels).toEqual([elsewhere]);
  expect(await (await clientFor(host, { env })).resolve('shop/web', '1')).toBeUndefined();
  expect(tunnels).toHaveLength(1);
});

test.each(['::', 'ftp://proxy:1'])('a proxy of the environment that is none is named: %s', async (text) => {
  const env = { ...(await environmentWith()), HTTPS_PROXY: text };
  await expect(clientFor('registry.invalid', { env })).rejects.toMatchObject({
    code: 'REGISTRY_UNREACHABLE',
    message: 'HTTPS_PROXY is no URL of a proxy, which registries are asked by',
  });
});

/** The program that pushes an image in a process of its own. */
async function pusher(): Promise<string> {
  const program = join(await temporaryDirectory(), 'pusher.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('registry-pusher.ts', import.meta.url))],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  });
  return program;
}

function push(program: string, env: NodeJS.ProcessEnv, ...args: readonly string[]) {
  const child = spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const answer = async () => JSON.parse((await contentOf(child.stdout)).toString()) as unknown;
  return { child, answer };
}

test('what a killed process was pushing is not found, and is completed by the next one', async (context) => {
  const { host } = await startRegistry(context);
  const program = await pusher();
  const directory = await temporaryDirectory();
  const env = await environmentWith();
  let uploads = 0;
  let victim: ReturnType<typeof push>['child'] | undefined;
  const proxy = await startProxy(host, (request) => {
    // In the middle of the second layer.
    if (isUpload(request) && ++uploads === 2) setImmediate(() => victim?.kill('SIGKILL'));
    return undefined;
  });
  const args = [`${proxy.host}/order`, 'web', '8000000', directory];
  victim = push(program, env, ...args).child;
  await once(victim, 'exit');
  expect(victim.signalCode).toBe('SIGKILL');
  const store = await storeAt(host);
  expect(await store.find([referenceOf('web')])).toEqual(new Map());
  const { digest } = (await push(program, env, ...args).answer()) as { digest: string };
  expect((await store.find([referenceOf('web')])).get(referenceOf('web').sourceHash)).toBe(digest);
});

test('a certificate that nobody knows is named, with how to trust it', async (context) => {
  const { host, authority } = await startRegistry(context, { tls: true });
  const program = await pusher();
  const directory = await temporaryDirectory();
  const env = await environmentWith();
  const args = [`${host}/order`, 'web', '1000', directory];
  expect(await push(program, env, ...args).answer()).toEqual({
    message: expect.stringMatching(
      `can't reach the registry ${host}: its certificate is signed by an authority that this machine does not know`,
    ),
    hints: [expect.stringContaining('export NODE_EXTRA_CA_CERTS=')],
  });
  const trusting = { ...env, NODE_EXTRA_CA_CERTS: authority };
  expect(await push(program, trusting, ...args).answer()).toEqual({
    digest: expect.stringMatching(/^sha256:/),
  });
  // What isn't a certificate changes nothing.
  await writeFile(join(directory, 'none.pem'), '');
  const without = { ...env, NODE_EXTRA_CA_CERTS: join(directory, 'none.pem') };
  expect(await push(program, without, ...args).answer()).toHaveProperty('hints');
});

test('a web page is no registry, whatever its status says', async (context) => {
  const { host } = await startRegistry(context);
  const page = {
    status: 200,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: '<html></html>',
  };
  const portal = await startProxy(host, () => page);
  const expected = {
    code: 'REGISTRY_ERROR',
    message: `what answers at ${portal.host} is no registry: it sends a web page`,
  };
  const image = imageOf([await layerOf(bytesOf('web', 100))]);
  await expect((await storeAt(portal.host)).find([referenceOf('web')])).rejects.toMatchObject(expected);
  await expect((await storeAt(portal.host)).put(referenceOf('web'), image)).rejects.toMatchObject(expected);
});

test.each([
  [413, 'it is larger than the registry accepts (413)', 'A proxy before the registry'],
  [507, 'it has no space left (507)', 'more space'],
])('what helps is said of a status %i', async (status, why, help) => {
  const error = answerError('r.example', { repository: 'shop/web', action: 'push' }, status, '', 0);
  expect(error instanceof Transient ? error.failure : error).toMatchObject({
    message: `can't push to shop/web at the registry r.example: ${why}`,
    hints: [expect.stringContaining(help)],
  });
});
