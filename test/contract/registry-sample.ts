// Clients and stores for tests that push to registries and pull from them.
import { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { LayerFile } from '../../src/images/image.ts';
import { openRegistry } from '../../src/images/registry/open-registry.ts';
import type { RegistryClient, RegistryOptions } from '../../src/images/registry/registry-client.ts';
import {
  openRegistryStore,
  type RegistryStore,
  type RegistryStoreOptions,
} from '../../src/images/registry/registry-store.ts';
import { descriptorOf, fileLayer } from './registry-image.ts';
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

/** A layer in a file. */
export async function layerOf(bytes: Buffer): Promise<LayerFile> {
  return fileLayer(await temporaryDirectory(), bytes);
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
