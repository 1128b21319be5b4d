// An API server over TLS whose answers a test decides, and proxies that lead to it.
import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener, type Server as HttpServer } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer, type ServerOptions } from 'node:https';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net';
import type { SignedCertificate } from '../unit/cluster/connection/test-authority.ts';

/** Something that listens on a loopback port. */
export interface Listening {
  readonly port: number;
  /** Cuts all connections. */
  cut(): void;
  close(): Promise<void>;
}

async function listen(server: Server | HttpServer | TlsServer): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const close = async () => {
    cut();
    server.close();
    await once(server, 'close');
  };
  return { port: (server.address() as AddressInfo).port, cut, close };
}

/** Serves an API over TLS. */
export async function serveTls(
  certificate: SignedCertificate,
  listener: RequestListener,
  options: ServerOptions = {},
): Promise<Listening> {
  return listen(createTlsServer({ ...certificate, ...options }, listener));
}

/** Takes connections and never says a word. */
export async function serveSilence(): Promise<Listening> {
  return listen(createTcpServer());
}

/** Serves plain HTTP. */
export async function serveHttp(listener: RequestListener): Promise<Listening> {
  return listen(createHttpServer(listener));
}

/** A proxy; `asked` are the targets that it was asked for, with the credentials. */
export interface Proxy extends Listening {
  readonly asked: { readonly target: string; readonly authorization?: string }[];
}

/** A proxy that opens tunnels; or answers with another status. */
export async function serveConnectProxy(status = 200): Promise<Proxy> {
  const asked: Proxy['asked'] = [];
  const server = createHttpServer();
  server.on('connect', ({ url = '', headers }, client: Socket) => {
    const authorization = headers['proxy-authorization'];
    asked.push({ target: url, ...(authorization === undefined ? {} : { authorization }) });
    if (status !== 200) {
      client.end(`HTTP/1.1 ${status} No\r\n\r\n`);
      return;
    }
    client.write('HTTP/1.1 200 OK\r\n\r\n');
    tunnel(client, Number(url.split(':').at(-1)));
  });
  return { ...(await listen(server)), asked };
}

/** A SOCKS5 proxy without authentication, for IPv4 addresses. */
export async function serveSocksProxy(): Promise<Proxy> {
  const asked: Proxy['asked'] = [];
  const server = createTcpServer((client) => {
    client.once('data', () => {
      client.write(Buffer.from([5, 0]));
      client.once('data', (request) => {
        const port = request.readUInt16BE(8);
        asked.push({ target: `${[...request.subarray(4, 8)].join('.')}:${port}` });
        client.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
        tunnel(client, port);
      });
    });
  });
  return { ...(await listen(server)), asked };
}

function tunnel(client: Socket, port: number): void {
  const upstream = connect(port, '127.0.0.1');
  client.pipe(upstream).pipe(client);
  upstream.on('error', () => client.destroy()).on('close', () => client.destroy());
  client.on('close', () => upstream.destroy());
}
