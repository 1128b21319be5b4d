// A small Kubernetes API over real HTTP: list, watch, create, merge patch and delete, as far as a router uses them.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** Any object of the API. */
export interface FakeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly resourceVersion?: string;
    readonly deletionTimestamp?: string;
    readonly deletionGracePeriodSeconds?: number;
  };
  readonly [key: string]: unknown;
}

interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: string;
  readonly object: FakeObject;
  readonly revision: number;
}

interface Watcher {
  readonly resource: string;
  readonly selector: string;
  readonly response: ServerResponse;
}

/** The API of one namespace; a test changes its objects and its behaviour. */
export class FakeKubernetes {
  readonly #objects = new Map<string, Map<string, FakeObject>>();
  #changes: Change[] = [];
  #oldest = 0;
  #revision = 1;
  readonly #watchers = new Set<Watcher>();
  #server: Server | undefined;
  port = 0;
  /** Method and path of every request. */
  readonly requests: string[] = [];
  /** Lists answer this many objects per page. */
  pageSize = Infinity;
  /** Called before a request is answered; returns a status to answer with instead. */
  refuse: (request: IncomingMessage) => number | undefined = () => undefined;

  /** Listens, on the same port as before if it did. */
  async start(): Promise<void> {
    this.#server = createServer((request, response) => {
      void this.#answer(request, response);
    });
    this.#server.listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
  }

  /** Dies: every connection breaks. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.#watchers.clear();
    if (server === undefined) return;
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }

  /** A kubeconfig for it. */
  get kubeconfig(): string {
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'fake',
      clusters: [
        {
          name: 'fake',
          cluster: { server: `http://127.0.0.1:${this.port}`, 'insecure-skip-tls-verify': true },
        },
      ],
      users: [{ name: 'fake', user: { token: 'secret' } }],
      contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'fake' } }],
    });
  }

  get(resource: string, name: string): FakeObject | undefined {
    return this.#objects.get(resource)?.get(name);
  }

  list(resource: string): FakeObject[] {
    return [...(this.#objects.get(resource)?.values() ?? [])];
  }

  /** Creates or replaces an object. */
  put(resource: string, object: FakeObject): FakeObject {
    const objects = this.#objects.get(resource) ?? new Map<string, FakeObject>();
    this.#objects.set(resource, objects);
    const revision = ++this.#revision;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
    const type = objects.has(object.metadata.name) ? 'MODIFIED' : 'ADDED';
    objects.set(object.metadata.name, stored);
    this.#publish({ type, resource, object: stored, revision });
    return stored;
  }

  delete(resource: string, name: string): boolean {
    const object = this.get(resource, name);
    if (object === undefined) return false;
    this.#objects.get(resource)?.delete(name);
    const revision = ++this.#revision;
    const last = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
    this.#publish({ type: 'DELETED', resource, object: last, revision });
    return true;
  }

  /** Forgets all changes so far: whoever watches from before gets 410. */
  compact(): void {
    this.#changes = [];
    this.#oldest = this.#revision;
  }

  /** Ends every watch, as a server does at its timeout. */
  endWatches(): void {
    for (const { response } of this.#watchers) response.end();
    this.#watchers.clear();
  }

  /** Watches that are open stay so, and hear nothing more. */
  deafen(): void {
    this.#watchers.clear();
  }

  /** Writes raw text to every watch. */
  writeToWatches(line: string): void {
    for (const { response } of this.#watchers) response.write(line);
  }

  get watches(): number {
    return this.#watchers.size;
  }

  #publish(change: Change): void {
    this.#changes.push(change);
    for (const watcher of this.#watchers) send(watcher, change);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://fake');
    this.requests.push(`${request.method} ${url.pathname}${url.searchParams.has('watch') ? ' watch' : ''}`);
    const refused = request.headers.authorization === 'Bearer secret' ? this.refuse(request) : 401;
    if (refused !== undefined) return status(response, refused, 'refused');
    const [, , resource = '', name] =
      /\/namespaces\/([^/]+)\/([^/]+)(?:\/([^/]+))?$/.exec(url.pathname) ?? [];
    const body =
      request.method === 'POST' || request.method === 'PATCH'
        ? (JSON.parse(await text(request)) as FakeObject)
        : undefined;
    if (request.method === 'GET' && url.searchParams.has('watch')) this.#watch(resource, url, response);
    else if (request.method === 'GET' && name !== undefined) this.#get(resource, name, response);
    else if (request.method === 'GET') this.#list(resource, url, response);
    else if (request.method === 'POST' && body !== undefined) json(response, 201, this.put(resource, body));
    else if (request.method === 'DELETE' && name !== undefined) this.#delete(resource, name, response);
    else if (request.method === 'PATCH' && name !== undefined && body !== undefined)
      this.#patch(resource, name, body, response);
    else status(response, 405, 'MethodNotAllowed');
  }

  #get(resource: string, name: string, response: ServerResponse): void {
    const object = this.get(resource, name);
    if (object === undefined) status(response, 404, 'NotFound');
    else json(response, 200, object);
  }

  #list(resource: string, url: URL, response: ServerResponse): void {
    const selector = url.searchParams.get('labelSelector') ?? '';
    const all = this.list(resource)
      .filter((object) => isSelected(object, selector))
      .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
    const start = Number(url.searchParams.get('continue') ?? 0);
    const end = start + Math.min(this.pageSize, Number(url.searchParams.get('limit') ?? Infinity));
    const next = end < all.length ? { continue: String(end) } : {};
    json(response, 200, {
      kind: 'List',
      metadata: { resourceVersion: String(this.#revision), ...next },
      items: all.slice(start, end),
    });
  }

  #watch(resource: string, url: URL, response: ServerResponse): void {
    const from = Number(url.searchParams.get('resourceVersion') ?? 0);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    if (from < this.#oldest) {
      const object = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };
      response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`);
      return;
    }
    const watcher = { resource, selector: url.searchParams.get('labelSelector') ?? '', response };
    for (const change of this.#changes) if (change.revision > from) send(watcher, change);
    this.#watchers.add(watcher);
    response.on('close', () => this.#watchers.delete(watcher));
  }

  #patch(resource: string, name: string, patch: FakeObject, response: ServerResponse): void {
    const object = this.get(resource, name);
    if (object === undefined) return status(response, 404, 'NotFound');
    json(response, 200, this.put(resource, merge(object, patch) as FakeObject));
  }

  #delete(resource: string, name: string, response: ServerResponse): void {
    if (this.delete(resource, name)) json(response, 200, { kind: 'Status', status: 'Success' });
    else status(response, 404, 'NotFound');
  }
}

function send({ resource, selector, response }: Watcher, { type, resource: changed, object }: Change): void {
  if (resource === changed && isSelected(object, selector))
    response.write(`${JSON.stringify({ type, object })}\n`);
}

/** Label selectors: `a=b`, `a!=b`, `a`, `a in (b,c)`, joined by commas. */
function isSelected({ metadata: { labels = {} } }: FakeObject, selector: string): boolean {
  const terms = selector.match(/[^,(]+(\([^)]*\))?/g) ?? [];
  return terms.every((term) => {
    const [, name = '', values] = /^(\S+) in \((.*)\)$/.exec(term) ?? [];
    if (values !== undefined) return values.split(',').includes(labels[name] ?? '');
    const [unwanted, other] = term.split('!=');
    if (other !== undefined) return labels[unwanted ?? ''] !== other;
    const [key = '', value] = term.split('=');
    return value === undefined ? labels[key] !== undefined : labels[key] === value;
  });
}

function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> = { ...(target as Record<string, unknown> | undefined) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merge(result[key], value);
  }
  return result;
}

function json(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function status(response: ServerResponse, code: number, reason: string): void {
  json(response, code, { kind: 'Status', status: 'Failure', code, reason, message: reason });
}
