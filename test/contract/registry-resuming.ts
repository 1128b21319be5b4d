// A registry's upload side, as the specification has it: an upload that broke off goes on where it ended.
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** The registry. */
export interface ResumingRegistry {
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  /** By digest. */
  readonly blobs: ReadonlyMap<string, Buffer>;
}

/** Starts one, empty; the test's end stops it. */
export async function startResumingRegistry(): Promise<ResumingRegistry> {
  const blobs = new Map<string, Buffer>();
  const uploads = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    void answer(request, response, blobs, uploads);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, blobs };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  blobs: Map<string, Buffer>,
  uploads: Map<string, Buffer>,
): Promise<void> {
  const url = new URL(request.url ?? '', 'http://registry');
  const id = url.pathname.split('/uploads/')[1] ?? '';
  const headers = (received: number) => ({
    location: `${url.pathname.replace(/uploads\/.*/, 'uploads/')}${id}`,
    range: `0-${Math.max(0, received - 1)}`,
  });
  if (request.method === 'HEAD') return void response.writeHead(404).end();
  if (request.method === 'POST') {
    const upload = randomUUID();
    uploads.set(upload, Buffer.alloc(0));
    return void response.writeHead(202, { location: `${url.pathname}${upload}` }).end();
  }
  const there = uploads.get(id);
  if (there === undefined) return void response.writeHead(404).end();
  if (request.method === 'GET') return void response.writeHead(204, headers(there.length)).end();
  const start = Number(request.headers['content-range']?.split('-')[0] ?? there.length);
  if (start !== there.length) return void response.writeHead(416, headers(there.length)).end();
  try {
    for await (const chunk of request) {
      uploads.set(id, Buffer.concat([uploads.get(id) ?? Buffer.alloc(0), chunk as Buffer]));
    }
  } catch {
    // The connection broke: what came is kept.
    return;
  }
  const bytes = uploads.get(id) ?? Buffer.alloc(0);
  if (request.method === 'PATCH') return void response.writeHead(202, headers(bytes.length)).end();
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  if (digest !== url.searchParams.get('digest')) return void response.writeHead(400).end();
  blobs.set(digest, bytes);
  response.writeHead(201).end();
}
