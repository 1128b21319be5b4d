// Pushing to a real registry: only what it lacks, and so that others find a whole image or none.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { readFile, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import type { RemoteLayer } from '../../src/images/image.ts';
import { openLayout } from '../../src/images/oci-layout.ts';
import type { PushProgress } from '../../src/images/registry/registry-store.ts';
import { startRegistry, requireProgram, temporaryDirectory } from './registry-process.ts';
import { startProxy } from './registry-proxy.ts';
import { bytesOf, descriptorOf, imageOf, indexOf, referenceOf } from './registry-image.ts';
import { clientFor, contentOf, layerOf, seed, storeAt } from './registry-sample.ts';

const tagOf = (reference: { sourceHash: string }) => reference.sourceHash.slice(0, 40);

test('skopeo copies out what was pushed, byte for byte', async (context) => {
  requireProgram(context, 'skopeo', 'Debian package skopeo');
  const { host } = await startRegistry(context);
  const image = imageOf([await layerOf(bytesOf('base', 3_000_000)), await layerOf(bytesOf('web', 10_000))]);
  const store = await storeAt(host);
  expect(await store.put(referenceOf('web'), image)).toBe(image.manifest.digest);
  const name = store.runName(referenceOf('web'), image.manifest.digest);
  expect(name).toBe(`${host}/order/shop/web@${image.manifest.digest}`);
  const copy = join(await temporaryDirectory(), 'copy');
  execFileSync('skopeo', ['copy', '--src-tls-verify=false', `docker://${name}`, `dir:${copy}`]);
  expect(await readFile(join(copy, 'manifest.json'))).toEqual(Buffer.from(image.manifest.bytes));
});

test('an unchanged image costs one HEAD', async (context) => {
  const { host } = await startRegistry(context);
  const reference = referenceOf('web');
  const image = imageOf([await layerOf(bytesOf('web', 10_000))]);
  await (await storeAt(host)).put(reference, image);
  const proxy = await startProxy(host);
  const found = await (await storeAt(proxy.host)).find([reference]);
  expect(found).toEqual(new Map([[reference.sourceHash, image.manifest.digest]]));
  expect(proxy.lines()).toEqual([`HEAD /v2/order/shop/web/manifests/${tagOf(reference)}`]);
});

test('a hundred images are looked up by a hundred requests, and only those that are there are found', async (context) => {
  const { host } = await startRegistry(context);
  const proxy = await startProxy(host);
  const store = await storeAt(proxy.host);
  const image = imageOf([await layerOf(bytesOf('web', 1000))]);
  const references = Array.from({ length: 100 }, (_, number) => referenceOf(`c${number}`));
  const [first, last] = [references[0], references[99]];
  if (first === undefined || last === undefined) throw new Error('there are 100');
  await store.put(first, image);
  await store.put(last, image);
  proxy.seen.length = 0;
  expect([...(await store.find(references)).keys()].toSorted()).toEqual(
    [first.sourceHash, last.sourceHash].toSorted(),
  );
  expect(proxy.seen).toHaveLength(100);
});

test('only the layers that the repository lacks are sent', async (context) => {
  const { host } = await startRegistry(context);
  const proxy = await startProxy(host);
  const store = await storeAt(proxy.host);
  const [same, before, after] = await Promise.all(
    ['same', 'before', 'after'].map((name) => layerOf(bytesOf(name, 200_000))),
  );
  if (same === undefined || before === undefined || after === undefined) throw new Error('there are three');
  await store.put(referenceOf('web', 'before'), imageOf([same, before]));
  proxy.seen.length = 0;
  await store.put(referenceOf('web', 'after'), imageOf([same, after]));
  const sent = proxy.seen.filter(({ method }) => method === 'PUT').map(({ received }) => received);
  expect(sent.filter((bytes) => bytes >= 200_000)).toEqual([200_000]);
  expect(proxy.lines()).not.toContain(`PATCH /v2/order/shop/web/blobs/${same.digest}`);
});

/** A layer of a base image in a registry. */
async function remote(registry: string, name: string): Promise<RemoteLayer> {
  const client = await clientFor(registry);
  const blob = await seed(client, 'base/node', bytesOf(name, 300_000));
  return {
    ...blob,
    registry,
    repository: 'base/node',
    open: (signal, offset = 0) => client.blob('base/node', blob, { signal, offset }),
  };
}

test('a base layer of the same registry is mounted, one of another registry is copied once', async (context) => {
  const [{ host }, other] = [await startRegistry(context), await startRegistry(context)];
  const proxy = await startProxy(host);
  const store = await storeAt(proxy.host);
  const [own, foreign] = [await remote(proxy.host, 'own'), await remote(other.host, 'foreign')];
  proxy.seen.length = 0;
  const digest = await store.put(referenceOf('web'), imageOf([own, foreign]));
  const sent = () => proxy.seen.map(({ received }) => received).filter((bytes) => bytes >= 300_000);
  expect(sent()).toEqual([300_000]);
  // Another component, pushed by another process: the base is mounted from the first one's repository.
  const later = await storeAt(proxy.host);
  await later.find([referenceOf('web'), referenceOf('api')]);
  await later.put(referenceOf('api'), imageOf([foreign]));
  expect(sent()).toEqual([300_000]);
  const pulled = await store.client.manifest('order/shop/web', digest);
  expect(pulled?.digest).toBe(digest);
  const copied = await store.client.blob('order/shop/api', foreign);
  expect((await contentOf(copied)).equals(bytesOf('foreign', 300_000))).toBe(true);
});

test('a base layer that several components are pushed with at once is sent once', async (context) => {
  const [{ host }, other] = [await startRegistry(context), await startRegistry(context)];
  const proxy = await startProxy(host);
  const store = await storeAt(proxy.host);
  const base = await remote(other.host, 'base');
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const images = await Promise.all(
    names.map(async (name) => imageOf([base, await layerOf(bytesOf(name, 1000))])),
  );
  await Promise.all(images.map((image, at) => store.put(referenceOf(names[at] ?? ''), image)));
  expect(proxy.seen.filter(({ received }) => received >= 300_000)).toHaveLength(1);
  expect((await store.find(names.map((name) => referenceOf(name)))).size).toBe(6);
});

test('a base layer whose sending fails is sent by the next one', async (context) => {
  const [{ host }, other] = [await startRegistry(context), await startRegistry(context)];
  const base = await remote(other.host, 'base');
  let opened = 0;
  const failing: RemoteLayer = {
    ...base,
    open: (...how) => (++opened === 1 ? Promise.reject(new Error('gone')) : base.open(...how)),
  };
  const store = await storeAt(host, { patience: { attempts: 1 } });
  const results = await Promise.allSettled(
    ['a', 'b'].map((name) => store.put(referenceOf(name), imageOf([failing]))),
  );
  expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
});

test('an index of several platforms is pushed after what it points to', async (context) => {
  const { host } = await startRegistry(context);
  const proxy = await startProxy(host);
  const store = await storeAt(proxy.host);
  const image = indexOf([await layerOf(bytesOf('web', 1000))]);
  const reference = referenceOf('web');
  expect(await store.put(reference, image)).toBe(image.manifest.digest);
  const puts = proxy.lines().filter((line) => line.startsWith('PUT') && line.includes('/manifests/'));
  expect(puts.map((line) => line.split('/').at(-1))).toEqual([
    ...image.platforms.map(({ digest }) => digest),
    tagOf(reference),
  ]);
  expect((await store.find([reference])).get(reference.sourceHash)).toBe(image.manifest.digest);
});

test('an image that appeared meanwhile stays, unless it is to be replaced', async (context) => {
  const { host } = await startRegistry(context);
  const reference = referenceOf('web');
  const theirs = imageOf([await layerOf(bytesOf('theirs', 1000))]);
  const bytes = bytesOf('ours', 1000);
  const open = async () => {
    // Somebody else is faster, while our layer is on its way.
    await (await storeAt(host)).put(reference, theirs);
    return Readable.from([bytes]);
  };
  const late = imageOf([{ ...descriptorOf(bytes), registry: 'elsewhere', repository: 'base', open }]);
  const store = await storeAt(host);
  expect(await store.put(reference, late)).toBe(theirs.manifest.digest);
  expect(await store.put(reference, late)).toBe(theirs.manifest.digest);
  const ours = imageOf([await layerOf(bytes)]);
  expect(await store.put(reference, ours, { replace: true })).toBe(ours.manifest.digest);
  expect((await store.find([reference])).get(reference.sourceHash)).toBe(ours.manifest.digest);
});

test('what a prebuilt tag meant is remembered until it is replaced', async (context) => {
  const { host } = await startRegistry(context);
  const store = await storeAt(host);
  const reference = { ...referenceOf('ui'), prebuilt: true };
  const [first, second] = ['1', '2'].map((digit) => `ghcr.io/acme/ui@sha256:${digit.repeat(64)}`);
  if (first === undefined || second === undefined) throw new Error('there are two');
  expect(await store.find([reference])).toEqual(new Map());
  expect(await store.putPrebuilt(reference, first)).toBe(first);
  expect(await store.putPrebuilt(reference, second)).toBe(first);
  expect(await store.find([reference])).toEqual(new Map([[reference.sourceHash, first]]));
  expect(await store.putPrebuilt(reference, second, { replace: true })).toBe(second);
  expect(await (await storeAt(host)).find([reference])).toEqual(new Map([[reference.sourceHash, second]]));
  expect(store.runName(reference, second)).toBe(second);
});

test('progress counts from nothing to the size of the image, which is said once, when it can be used', async (context) => {
  const { host } = await startRegistry(context);
  const seen: PushProgress[] = [];
  const store = await storeAt(host, { onProgress: (progress) => seen.push(progress) });
  const layers = [await layerOf(bytesOf('a', 2_000_000)), await layerOf(bytesOf('b', 500_000))];
  const image = imageOf(layers);
  await store.put(referenceOf('web'), image);
  const total = 2_500_000 + (image.configs[0]?.size ?? 0);
  const counts = seen.map(({ sent, there }) => sent + there);
  expect(seen.every((each) => each.total === total)).toBe(true);
  expect([counts[0], counts.at(-1)]).toEqual([0, total]);
  expect([seen[0]?.state, seen.at(-1)?.state]).toEqual(['started', 'done']);
  expect(seen.filter(({ state }) => state !== 'progress')).toHaveLength(2);
  expect(seen.at(-1)).toMatchObject({ sent: total, there: 0 });
  expect(counts).toEqual(counts.toSorted((a, b) => a - b));
  expect(counts.length).toBeGreaterThan(10);
  expect(counts.length).toBeLessThan(106);
});

test('what the registry has already is told apart from what is sent', async (context) => {
  const { host } = await startRegistry(context);
  const seen: PushProgress[] = [];
  const store = await storeAt(host, { onProgress: (progress) => seen.push(progress) });
  await store.put(referenceOf('web'), imageOf([await layerOf(bytesOf('a', 200_000))]));
  const second = imageOf([await layerOf(bytesOf('a', 200_000)), await layerOf(bytesOf('b', 1000))]);
  const next = { ...referenceOf('web'), sourceHash: 'f'.repeat(64) };
  await store.put(next, second);
  const sent = 1000 + (second.configs[0]?.size ?? 0);
  expect(seen.at(-1)).toMatchObject({ state: 'done', sent, there: 200_000 });
});

test('a push that fails or is cancelled ends for those who watch it', async (context) => {
  const { host } = await startRegistry(context);
  const ends: string[] = [];
  const aborting = new AbortController();
  const store = await storeAt(host, {
    onProgress: ({ state, reference }) => {
      if (reference.component === 'cancelled') aborting.abort();
      if (state !== 'progress') ends.push(`${reference.component} ${state}`);
    },
  });
  const lost = await layerOf(bytesOf('a', 1000));
  await rm(lost.file);
  await expect(store.put(referenceOf('failing'), imageOf([lost]))).rejects.toMatchObject({
    code: 'FILE_SYSTEM',
  });
  const { signal } = aborting;
  const image = imageOf([await layerOf(bytesOf('b', 1000))]);
  await expect(store.put(referenceOf('cancelled'), image, { signal })).rejects.toMatchObject({
    code: 'CANCELLED',
  });
  expect(ends).toEqual(['failing started', 'failing failed', 'cancelled started', 'cancelled cancelled']);
});

test('a layout and a registry answer the same digest for the same image', async (context) => {
  const { host } = await startRegistry(context);
  const [one, two] = [await layerOf(bytesOf('web', 1000)), await layerOf(bytesOf('web', 1000))];
  const layout = openLayout(join(await temporaryDirectory(), 'images'));
  const store = await storeAt(host);
  const reference = referenceOf('web');
  expect(await store.put(reference, imageOf([one]))).toBe(await layout.put(reference, imageOf([two])));
});
