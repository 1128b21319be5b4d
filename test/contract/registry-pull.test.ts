// Pulling from a real registry: what others have pushed, across broken connections, and never anything else.
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test, type TestContext } from 'vitest';
import { openLayout } from '../../src/images/oci-layout.ts';
import { imageName } from '../../src/images/image-store.ts';
import { environmentWith, requireProgram, startRegistry, temporaryDirectory } from './registry-process.ts';
import { type Fault, type SeenRequest, startProxy } from './registry-proxy.ts';
import { bytesOf, descriptorOf, documentBlob, imageOf, referenceOf } from './registry-image.ts';
import { clientFor, contentOf, layerOf, seed } from './registry-sample.ts';

const isBlob = ({ method, path }: SeenRequest) => method === 'GET' && path.includes('/blobs/');

test('an image that skopeo has pushed is pulled', async (context) => {
  requireProgram(context, 'skopeo', 'Debian package skopeo');
  const { host } = await startRegistry(context);
  const layout = join(await temporaryDirectory(), 'images');
  const bytes = bytesOf('web', 200_000);
  const image = imageOf([await layerOf(bytes)]);
  const reference = referenceOf('web');
  await openLayout(layout).put(reference, image);
  execFileSync('skopeo', [
    'copy',
    '--dest-tls-verify=false',
    '--preserve-digests',
    '--dest-compress=false',
    `oci:${layout}:${imageName(reference)}`,
    `docker://${host}/base/web:1`,
  ]);
  const client = await clientFor(host);
  const found = await client.resolve('base/web', '1');
  expect(found).toEqual({
    mediaType: image.manifest.mediaType,
    digest: image.manifest.digest,
    size: image.manifest.size,
  });
  expect((await client.manifest('base/web', image.manifest.digest))?.bytes).toEqual(
    Buffer.from(image.manifest.bytes),
  );
  expect((await contentOf(await client.blob('base/web', descriptorOf(bytes)))).equals(bytes)).toBe(true);
  expect(await client.resolve('base/web', '2')).toBeUndefined();
  expect(await client.manifest('base/missing', '1')).toBeUndefined();
  expect(await client.hasBlob('base/web', `sha256:${'0'.repeat(64)}`)).toBe(false);
});

/** A blob of 2 MB, and what is pulled of it through a proxy that does this to the first, second, … request for it. */
async function pullThrough(context: TestContext, choose: (number: number) => Fault | undefined) {
  const { host } = await startRegistry(context);
  const bytes = bytesOf('large', 2_000_000);
  const blob = await seed(await clientFor(host), 'base/web', bytes);
  let number = 0;
  const proxy = await startProxy(host, (request) => (isBlob(request) ? choose(++number) : undefined));
  const pulled = await contentOf(await (await clientFor(proxy.host)).blob('base/web', blob));
  expect(pulled.equals(bytes)).toBe(true);
  return proxy.seen.filter(isBlob).map(({ headers }) => headers.range);
}

test('a download whose connection breaks goes on where it broke', async (context) => {
  const ranges = await pullThrough(context, (number) =>
    number < 3 ? { cutAnswerAfter: 400_000 } : undefined,
  );
  expect(ranges).toEqual([
    undefined,
    expect.stringMatching(/^bytes=[1-4]\d{5}-$/),
    expect.stringMatching(/^bytes=[1-8]\d{5}-$/),
  ]);
});

test('a download whose connection breaks begins anew at a registry that knows no ranges', async (context) => {
  const ranges = await pullThrough(context, (number) =>
    number === 1 ? { cutAnswerAfter: 400_000 } : 'no-range',
  );
  expect(ranges).toHaveLength(2);
});

test('a download begins where it is asked to', async (context) => {
  const { host } = await startRegistry(context);
  const bytes = bytesOf('large', 300_000);
  const client = await clientFor(host);
  const blob = await seed(client, 'base/web', bytes);
  const rest = await contentOf(await client.blob('base/web', blob, { offset: 299_000 }));
  expect(rest.equals(bytes.subarray(299_000))).toBe(true);
});

test('a download that breaks without end fails, and says what was tried', async (context) => {
  const { host } = await startRegistry(context);
  const blob = await seed(await clientFor(host), 'base/web', bytesOf('large', 1_000_000));
  const proxy = await startProxy(host, (request) =>
    isBlob(request) ? { cutAnswerAfter: request.headers.range === undefined ? 1000 : 0 } : undefined,
  );
  const client = await clientFor(proxy.host);
  await expect(client.blob('base/web', blob).then(contentOf)).rejects.toMatchObject({
    code: 'REGISTRY_UNREACHABLE',
    message: `can't reach the registry ${proxy.host}: the connection broke off`,
    details: [expect.stringMatching(/^Tried \d times/)],
  });
});

test('bytes that are not those of the digest are refused', async (context) => {
  const { host } = await startRegistry(context);
  const blob = await seed(await clientFor(host), 'base/web', bytesOf('x', 1000));
  const proxy = await startProxy(host, (request) => (request.method === 'GET' ? 'falsify' : undefined));
  const client = await clientFor(proxy.host);
  await expect(client.blob('base/web', blob).then(contentOf)).rejects.toMatchObject({
    code: 'REGISTRY_ERROR',
    message: expect.stringContaining(`something else than the blob ${blob.digest} of base/web`),
  });
  await expect(client.blob('base/web', { ...blob, size: 10 }).then(contentOf)).rejects.toThrow(
    'it has 1000 bytes instead of 10',
  );
});

test('a manifest that is not that of its digest is refused, so is one without end', async (context) => {
  const { host } = await startRegistry(context);
  const client = await clientFor(host);
  const blob = await seed(client, 'base/web', bytesOf('x', 10));
  const config = documentBlob('application/vnd.oci.image.config.v1+json', {});
  await seed(client, 'base/web', Buffer.from(config.bytes));
  const manifest = documentBlob('application/vnd.oci.image.manifest.v1+json', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: config.mediaType, digest: config.digest, size: config.size },
    layers: [{ mediaType: blob.mediaType, digest: blob.digest, size: blob.size }],
  });
  await client.putManifest('base/web', '1', manifest);
  const falsified = await clientFor((await startProxy(host, () => 'falsify')).host);
  await expect(falsified.manifest('base/web', '1')).rejects.toMatchObject({ code: 'REGISTRY_ERROR' });
  await expect(falsified.manifest('base/web', manifest.digest)).rejects.toThrow(/its digest is sha256:/);
  const endless = await startProxy(host, () => ({ status: 200, body: 'x'.repeat(5 * 1024 * 1024) }));
  await expect((await clientFor(endless.host)).manifest('base/web', '1')).rejects.toThrow(
    /base\/web:1 is larger than the 4 MiB/,
  );
});

test('a registry that tells no digest is asked for the manifest itself', async (context) => {
  const { host } = await startRegistry(context);
  const manifest = documentBlob('application/vnd.oci.image.index.v1+json', {
    schemaVersion: 2,
    manifests: [],
  });
  const body = Buffer.from(manifest.bytes).toString();
  const headers = { 'content-type': manifest.mediaType };
  const proxy = await startProxy(host, ({ method }) => ({
    status: 200,
    headers,
    ...(method === 'GET' ? { body } : {}),
  }));
  expect(await (await clientFor(proxy.host)).resolve('base/web', '1')).toEqual({
    mediaType: manifest.mediaType,
    digest: manifest.digest,
    size: manifest.size,
  });
  expect(proxy.seen.map(({ method }) => method)).toEqual(['HEAD', 'GET']);
});

test('a download that nobody reads ends with its signal or when it is given up, without another error', async (context) => {
  const { host } = await startRegistry(context);
  const blob = await seed(await clientFor(host), 'base/web', bytesOf('large', 5_000_000));
  const aborting = new AbortController();
  const client = await clientFor(host);
  const unread = await client.blob('base/web', blob, { signal: aborting.signal });
  aborting.abort();
  await expect(contentOf(unread)).rejects.toMatchObject({ code: 'CANCELLED' });
  const givenUp = await client.blob('base/web', blob);
  givenUp.destroy();
  await once(givenUp, 'close');
  expect(await client.hasBlob('base/web', blob.digest)).toBe(true);
});

test('blobs that are kept elsewhere are followed there, without showing who we are', async (context) => {
  const bytes = bytesOf('x', 5000);
  const blob = descriptorOf(bytes);
  const seen: (string | undefined)[] = [];
  const storage = createServer((request, response) => {
    seen.push(request.headers.authorization);
    response.end(bytes);
  });
  storage.listen(0, '127.0.0.1');
  await once(storage, 'listening');
  onTestFinished(() => void storage.close());
  const location = `http://localhost:${(storage.address() as AddressInfo).port}/store/x?signature=secret`;
  const { host } = await startRegistry(context);
  const proxy = await startProxy(host, ({ headers }) =>
    headers.authorization === undefined
      ? { status: 401, headers: { 'www-authenticate': 'Basic realm="test"' } }
      : { status: 307, headers: { location } },
  );
  const env = await environmentWith({
    [proxy.host]: { auth: Buffer.from('alice:secret').toString('base64') },
  });
  const client = await clientFor(proxy.host, { env });
  expect((await contentOf(await client.blob('base/web', blob))).equals(bytes)).toBe(true);
  expect(seen).toEqual([undefined]);
  expect(proxy.seen.at(-1)?.headers.authorization).toMatch(/^Basic /);
});
