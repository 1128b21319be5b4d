// A namespace to apply things in: of the cluster that FOX_TEST_KUBECONFIG names, else of an embedded API in this process.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { ApiClient } from '../../src/cluster/api/api-client.ts';
import { chooseKubernetes } from '../../src/cluster/connection/choose-cluster.ts';
import {
  openTransport,
  type OpenTransport,
  type Transport,
  wholeText,
} from '../../src/cluster/api/transport.ts';
import { createDefaultNamespaces } from '../../src/embedded/api/default-namespaces.ts';
import { createApi } from '../../src/embedded/api/handler.ts';
import { openStore } from '../../src/embedded/store/lmdb-store.ts';

const kubeconfig = process.env['FOX_TEST_KUBECONFIG'] ?? '';
const registry = process.env['FOX_TEST_REGISTRY'] ?? '';

/** Pods run, and controllers look after them. */
export const hasNodes = kubeconfig !== '' && registry !== '';

/** An image with `node`. */
export const nodeImage = process.env['FOX_TEST_IMAGE'] ?? `${registry}/base/node:20`;

/** A namespace that was made for a test. */
export class ApplyingCluster {
  readonly send: Transport;
  readonly client: ApiClient;
  readonly #end: () => Promise<void>;

  private constructor(send: Transport, namespace: string, end: () => Promise<void>) {
    this.send = send;
    this.client = new ApiClient(send, namespace);
    this.#end = end;
  }

  /** @param labels of the namespace. */
  static async open(labels: Record<string, string> = {}): Promise<ApplyingCluster> {
    if (kubeconfig === '') return ApplyingCluster.openHere();
    const name = `fox-applying-${randomBytes(4).toString('hex')}`;
    const given = await openGiven();
    const cluster = new ApplyingCluster(given.send, name, async () => {
      await cluster.request('DELETE', `/api/v1/namespaces/${name}`);
      given.close();
    });
    const metadata = { name, labels };
    await cluster.request('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata });
    return cluster;
  }

  /** An embedded API in this process, whatever cluster is given. */
  static async openHere(): Promise<ApplyingCluster> {
    const embedded = await openEmbedded();
    return new ApplyingCluster(embedded.send, 'default', () => embedded.close());
  }

  end(): Promise<void> {
    return this.#end();
  }

  /** A request beside fox's own client, as somebody else makes it. */
  async request(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: object,
    contentType = 'application/json',
  ): Promise<{ status: number; body: Record<string, unknown> }> {
    const content = body === undefined ? {} : { body: JSON.stringify(body), contentType };
    const response = await this.send({ method, path, ...content });
    return {
      status: response.status,
      body: JSON.parse(await wholeText(response.body)) as Record<string, unknown>,
    };
  }

  /** Server-side apply by another manager. */
  applyAs(manager: string, path: string, object: object): Promise<{ status: number }> {
    const query = `fieldManager=${manager}&force=true`;
    return this.request('PATCH', `${path}?${query}`, object, 'application/apply-patch+yaml');
  }
}

async function openGiven(): Promise<OpenTransport> {
  const env = { KUBECONFIG: kubeconfig };
  const { connection } = await chooseKubernetes({
    env,
    cwd: process.cwd(),
    isInteractive: false,
    say: () => undefined,
  });
  return openTransport(connection);
}

async function openEmbedded(): Promise<{ send: Transport; close(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'fox-applying-'));
  const store = openStore(join(directory, 'store'));
  await createDefaultNamespaces(store);
  const handle = createApi({ store, version: '0.0.0-test' });
  const send: Transport = async ({ method, path, body = '', contentType = 'application/json', signal }) => {
    const response = await handle({
      method,
      url: path,
      headers: { accept: 'application/json', 'content-type': contentType },
      body: Buffer.from(body),
      signal: signal ?? new AbortController().signal,
    });
    const { body: whole } = response;
    const content = whole instanceof Readable ? whole : Readable.from([Buffer.from(whole)]);
    return { status: response.status, body: content };
  };
  return {
    send,
    close: async () => {
      await store.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
