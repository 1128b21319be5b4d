// Images and stores for tests that push to registries and pull from them.
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { canonicalJson, type Json } from '../../src/core/canonical.ts';
import { type BuiltImage, type DocumentBlob, type LayerFile, mediaType } from '../../src/images/image.ts';
import type { ImageReference } from '../../src/images/image-store.ts';
import { openRegistry } from '../../src/images/registry/open-registry.ts';
import type { RegistryClient, RegistryOptions } from '../../src/images/registry/registry-client.ts';
import {
  openRegistryStore,
  type RegistryStore,
  type RegistryStoreOptions,
} from '../../src/images/registry/registry-store.ts';
import { environmentWith, temporaryDirectory } from './registry-process.ts';

/** Quick, so that tests of what fails don't take long. */
const patience = { attempts: 4, firstWaitMs: 5, totalMs: 10_000 };

/** A client, closed after the test. */
export async function clientFor(
  host: string,
  options: Partial<RegistryOptions> = {},
): Promise<RegistryClient> {
  const client = openRegistry({
    host,
    env: options.env ?? (await environmentWith()),
    signal: new AbortController().signal,
    patience,
    ...options,
  });
  onTestFinished(() => client.close());
  return client;
}

/** A store with the prefix `<host>/order`, closed after the test. */
export async function storeAt(
  host: string,
  options: Partial<RegistryStoreOptions> = {},
): Promise<RegistryStore> {
  const store = openRegistryStore({
    prefix: `${host}/order`,
    env: options.env ?? (await environmentWith()),
    signal: new AbortController().signal,
    patience,
    ...options,
  });
  onTestFinished(() => store.close());
  return store;
}

/** Where an image belongs; the source hash is made of `seed`. */
export function referenceOf(component: string, seed: string = component): ImageReference {
  return { app: 'shop', component, sourceHash: createHash('sha256').update(seed).digest('hex') };
}

/** Bytes that are the same each time, and unlike those of another seed. */
export function bytesOf(seed: string, size: number): Buffer {
  const key = createHash('sha256').update(seed).digest();
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at += key.length) key.copy(bytes, at);
  for (let at = 0; at + 4 <= size; at += 4096) bytes.writeUInt32LE(at, at);
  return bytes;
}

export function documentBlob(type: string, document: Json): DocumentBlob {
  const bytes = Buffer.from(canonicalJson(document));
  return { ...descriptorOf(bytes, type), bytes };
}

export function descriptorOf(bytes: Uint8Array, type: string = mediaType.layer) {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return { mediaType: type, digest, size: bytes.length };
}

/** A layer in a file. */
export async function layerOf(bytes: Buffer): Promise<LayerFile> {
  const file = join(await temporaryDirectory(), 'layer.tar');
  await writeFile(file, bytes);
  return { ...descriptorOf(bytes), file };
}

/** An image of one platform out of layers. */
export function imageOf(layers: BuiltImage['layers'], architecture = 'amd64'): BuiltImage {
  const config = documentBlob(mediaType.config, {
    architecture,
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
  });
  const manifest = documentBlob(mediaType.manifest, {
    schemaVersion: 2,
    mediaType: mediaType.manifest,
    config: plain(config),
    layers: layers.map(plain),
  });
  return { layers, configs: [config], platforms: [], manifest, dispose: () => Promise.resolve() };
}

/** An image of two platforms that share their layers. */
export function indexOf(layers: BuiltImage['layers']): BuiltImage {
  const images = ['amd64', 'arm64'].map((architecture) => ({
    architecture,
    ...imageOf(layers, architecture),
  }));
  const manifest = documentBlob(mediaType.index, {
    schemaVersion: 2,
    mediaType: mediaType.index,
    manifests: images.map(({ architecture, manifest: each }) => ({
      ...plain(each),
      platform: { os: 'linux', architecture },
    })),
  });
  return {
    layers,
    configs: images.flatMap(({ configs }) => configs),
    platforms: images.map(({ manifest: each }) => each),
    manifest,
    dispose: () => Promise.resolve(),
  };
}

function plain({ mediaType: type, digest, size }: { mediaType: string; digest: string; size: number }) {
  return { mediaType: type, digest, size };
}

/** Puts a blob straight into a registry. */
export async function seed(client: RegistryClient, repository: string, bytes: Buffer) {
  const blob = descriptorOf(bytes);
  await client.uploadBlob(repository, blob, (offset) => Readable.from([bytes.subarray(offset)]));
  return blob;
}

/** All of a stream. */
export async function contentOf(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
