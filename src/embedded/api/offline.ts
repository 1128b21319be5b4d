// The API of a cluster that doesn't run, answered in this process from what the cluster has on its disk.
import { Readable } from 'node:stream';
import { openStore } from '../store/lmdb-store.ts';
import { storeDirectory } from '../store/store-directory.ts';
import { createApi } from './handler.ts';

/** A request, as clients of the API make it. */
export interface OfflineRequest {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  /** JSON text. */
  readonly body?: string;
  readonly contentType?: string;
  readonly signal?: AbortSignal;
}

/** The answer. */
export interface OfflineResponse {
  readonly status: number;
  /** The time, in ms since 1970. */
  readonly date: number;
  readonly body: Readable;
}

/** The API of a stopped cluster. */
export interface OfflineApi {
  /** Answers reads; everything else is refused with 503. */
  readonly transport: (request: OfflineRequest) => Promise<OfflineResponse>;
  readonly close: () => Promise<void>;
}

/**
 * Opens what the cluster of a home (`<FOX_HOME>/cluster`) has on disk, for reading; empty if it never ran.
 * @throws FoxError FILE_SYSTEM.
 */
export async function openOffline(home: string): Promise<OfflineApi> {
  const store = openStore(storeDirectory(home), { readOnly: true });
  const handle = createApi({ store, version: 'offline' });
  return {
    async transport({ method, path, body = '', contentType = 'application/json', signal }) {
      const headers = { accept: 'application/json', 'content-type': contentType };
      const request = {
        method,
        url: path,
        headers,
        body: Buffer.from(body),
        signal: signal ?? new AbortController().signal,
      };
      const response = await handle(request);
      const { status, body: content } = response;
      const stream = content instanceof Readable ? content : Readable.from([Buffer.from(content)]);
      return { status, date: Date.now(), body: stream };
    },
    close: () => store.close(),
  };
}
