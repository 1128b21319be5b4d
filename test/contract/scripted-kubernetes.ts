// A Kubernetes API over real HTTP whose objects, logs and refusals a test decides: for states that are hard to bring about.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { ApiClient } from '../../src/cluster/api/api-client.ts';
import { type Connection, openTransport } from '../../src/cluster/api/transport.ts';

/** Any object, by the client's types or without. */
export interface ScriptedObject {
  readonly metadata?: { readonly name?: string; readonly uid?: string; readonly labels?: object };
}

/** A log: times and texts of one run of a container. */
export interface ScriptedLog {
  readonly lines: { readonly time: string; readonly text: string }[];
  /** The container runs on: who follows is kept waiting. */
  open: boolean;
}

/** What the API refuses with. */
export interface Refusal {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
}

/** One namespace, `test`. */
export class ScriptedKubernetes {
  readonly requests: string[] = [];
  /** Asked before anything is created. */
  refuse: (resource: string, object: ScriptedObject) => Refusal | undefined = () => undefined;
  /** Logs by `pod/container`; of those that aren't there it is said that the container hasn't started. */
  readonly logs = new Map<string, ScriptedLog>();
  /** Ports of this machine by `pod:port`. */
  readonly ports = new Map<string, number>();
  readonly #objects = new Map<string, Map<string, ScriptedObject>>();
  readonly #watches = new Set<{ resource: string; response: ServerResponse }>();
  readonly #changes: { revision: number; resource: string; line: string }[] = [];
  readonly #follows = new Set<() => void>();
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;
  #revision = 1;

  /** Listens, at the same place as before. */
  async start(): Promise<void> {
    const server = createServer((request, response) => void this.#answer(request, response));
    server.on('upgrade', (request: IncomingMessage, socket: Socket) => this.#forward(request, socket));
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Dies with every connection. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    for (const socket of this.#sockets) socket.destroy();
    this.#watches.clear();
    await closed;
  }

  get connection(): Connection {
    return {
      server: `http://127.0.0.1:${this.#port}`,
      options: () => ({}),
      hints: { unreachable: ['start it'], unauthorized: [] },
    };
  }

  /** fox's client for it. */
  client(): { readonly client: ApiClient; close(this: void): void } {
    const transport = openTransport(this.connection);
    return { client: new ApiClient(transport.send, 'test'), close: () => transport.close() };
  }

  /** Creates or replaces an object. */
  put(resource: string, object: ScriptedObject): void {
    const objects = this.#collection(resource);
    const name = object.metadata?.name ?? '';
    const type = objects.has(name) ? 'MODIFIED' : 'ADDED';
    objects.set(name, object);
    this.#publish(resource, type, object);
  }

  remove(resource: string, name: string): boolean {
    const object = this.#collection(resource).get(name);
    if (object === undefined) return false;
    this.#collection(resource).delete(name);
    this.#publish(resource, 'DELETED', object);
    return true;
  }

  /** Something changed in {@link logs}. */
  logsChanged(): void {
    for (const look of this.#follows) look();
  }

  #collection(resource: string): Map<string, ScriptedObject> {
    const objects = this.#objects.get(resource) ?? new Map<string, ScriptedObject>();
    this.#objects.set(resource, objects);
    return objects;
  }

  #publish(resource: string, type: string, object: ScriptedObject): void {
    this.#revision += 1;
    const line = `${JSON.stringify({ type, object })}\n`;
    this.#changes.push({ revision: this.#revision, resource, line });
    for (const watch of this.#watches) if (watch.resource === resource) watch.response.write(line);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://api');
    const isWatch = url.searchParams.has('watch');
    this.requests.push(`${request.method} ${url.pathname}${isWatch ? ' watch' : ''}`);
    const [, resource = '', name, part] =
      /\/namespaces\/test\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(url.pathname) ?? [];
    if (part === 'log') this.#log(name ?? '', url, response);
    else if (isWatch) {
      response.writeHead(200).flushHeaders();
      const from = Number(url.searchParams.get('resourceVersion'));
      for (const change of this.#changes)
        if (change.resource === resource && change.revision > from) response.write(change.line);
      const watch = { resource, response };
      this.#watches.add(watch);
      response.on('close', () => this.#watches.delete(watch));
    } else if (request.method === 'POST') {
      const object = JSON.parse(await text(request)) as ScriptedObject;
      const refusal = this.refuse(resource, object);
      if (refusal !== undefined) return answerStatus(response, refusal);
      this.put(resource, object);
      answerJson(response, 201, object);
    } else if (request.method === 'DELETE' && name !== undefined) {
      if (this.remove(resource, name)) answerJson(response, 200, { kind: 'Status', status: 'Success' });
      else answerStatus(response, notFound(name));
    } else if (name !== undefined) {
      const object = this.#collection(resource).get(name);
      if (object === undefined) answerStatus(response, notFound(name));
      else answerJson(response, 200, object);
    } else {
      const items = [...this.#collection(resource).values()];
      answerJson(response, 200, { metadata: { resourceVersion: String(this.#revision) }, items });
    }
  }

  /** As a kubelet does it: of one run, from a time on, until the run ends. */
  #log(pod: string, url: URL, response: ServerResponse): void {
    const container = url.searchParams.get('container') ?? '';
    if (!this.#collection('pods').has(pod)) return answerStatus(response, notFound(pod));
    const log = this.logs.get(`${pod}/${container}`);
    if (log === undefined || url.searchParams.get('previous') === 'true') {
      const message = `container "${container}" in pod "${pod}" is waiting to start: ContainerCreating`;
      return answerStatus(response, { code: 400, reason: 'BadRequest', message });
    }
    const since = (url.searchParams.get('sinceTime') ?? '').slice(0, 19);
    const tail = Number(url.searchParams.get('tailLines') ?? Infinity);
    let sent = Math.max(0, log.lines.length - tail);
    const isFollowed = url.searchParams.get('follow') === 'true';
    response.writeHead(200).flushHeaders();
    const look = () => {
      for (const { time, text: line } of log.lines.slice(sent))
        if (time.slice(0, 19) >= since) response.write(`${time} ${line}\n`);
      sent = log.lines.length;
      if (log.open && isFollowed) return;
      this.#follows.delete(look);
      response.end();
    };
    this.#follows.add(look);
    response.on('close', () => this.#follows.delete(look));
    look();
  }

  /** Port-forward by the channel protocol over a WebSocket. */
  #forward(request: IncomingMessage, socket: Socket): void {
    const url = new URL(request.url ?? '/', 'http://api');
    const pod = /\/pods\/([^/]+)\/portforward$/.exec(url.pathname)?.[1] ?? '';
    const port = url.searchParams.get('ports') ?? '';
    this.requests.push(`UPGRADE ${url.pathname}`);
    const local = this.ports.get(`${pod}:${port}`);
    if (local === undefined) {
      const body = JSON.stringify({ kind: 'Status', ...notFound(pod) });
      socket.end(
        `HTTP/1.1 404 Not Found\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
      );
      return;
    }
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\nsec-websocket-protocol: v4.channel.k8s.io\r\n\r\n`,
    );
    const number = Buffer.alloc(2);
    number.writeUInt16LE(Number(port));
    for (const channel of [0, 1]) socket.write(serverFrame(channel, number));
    const remote = connect(local, '127.0.0.1');
    remote.on('data', (chunk: Buffer) => {
      if (!socket.write(serverFrame(0, chunk))) remote.pause();
    });
    socket.on('drain', () => remote.resume());
    remote.on('error', (error) =>
      socket.write(serverFrame(1, Buffer.from(`error forwarding port: ${error.message}`))),
    );
    remote.on('close', () => socket.end(Buffer.of(0x88, 0)));
    let rest: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      for (let frame = takeFrame(rest); frame !== undefined; frame = takeFrame(rest)) {
        rest = rest.subarray(frame.length);
        if (frame.code === 2) remote.write(frame.payload.subarray(1));
      }
    });
    socket.on('end', () => remote.destroy());
    socket.on('error', () => remote.destroy());
    socket.on('close', () => remote.destroy());
  }
}

function serverFrame(channel: number, payload: Buffer): Buffer {
  const content = Buffer.concat([Buffer.of(channel), payload]);
  const header = content.length < 126 ? Buffer.of(0x82, content.length) : Buffer.alloc(10);
  if (header.length === 10) {
    header[0] = 0x82;
    header[1] = 127;
    header.writeBigUInt64BE(BigInt(content.length), 2);
  }
  return Buffer.concat([header, content]);
}

/** The first frame of a client, which are masked. */
function takeFrame(bytes: Buffer): { code: number; length: number; payload: Buffer } | undefined {
  if (bytes.length < 14 && bytes.length < 6 + ((bytes[1] ?? 0) & 0x7f)) return undefined;
  const short = (bytes[1] ?? 0) & 0x7f;
  const header = short < 126 ? 2 : short === 126 ? 4 : 10;
  const size = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  const length = header + 4 + size;
  if (bytes.length < length) return undefined;
  const mask = bytes.subarray(header, header + 4);
  const payload = Buffer.from(
    bytes.subarray(header + 4, length).map((byte, index) => byte ^ (mask[index % 4] ?? 0)),
  );
  return { code: (bytes[0] ?? 0) & 0x0f, length, payload };
}

function notFound(name: string): Refusal {
  return { code: 404, reason: 'NotFound', message: `"${name}" not found` };
}

function answerJson(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function answerStatus(response: ServerResponse, refusal: Refusal): void {
  answerJson(response, refusal.code, { kind: 'Status', status: 'Failure', ...refusal });
}
