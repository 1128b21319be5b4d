import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test, vi } from 'vitest';
import * as z from 'zod';
import { readEnvironmentFiles } from '../../src/config/environment-file.ts';
import { validateConfig } from '../../src/config/validate-config.ts';
import { modulesOf } from '../../src/core/version/app.ts';

const templates = join(import.meta.dirname, '..', '..', 'templates');
const orderApp = join(templates, 'order-app');

/** Files below a directory, relative to it, sorted. */
async function filesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1)).toSorted();
}

/** The Order App as its author has it at a step of the story. */
async function checkOut(...steps: readonly string[]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'fox-test-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  for (const step of steps) await cp(join(orderApp, step), directory, { recursive: true });
  return directory;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

interface Running {
  readonly url: string;
  /** Lines that it has printed. */
  readonly printed: readonly string[];
  readonly process: ChildProcess;
}

/** Starts a component the way fox does: its command, in its directory, with PORT and the URLs of what it calls. */
async function start(directory: string, env: Readonly<Record<string, string>> = {}): Promise<Running> {
  const port = await freePort();
  const child = spawn(process.execPath, ['server.js'], {
    cwd: directory,
    env: { PATH: process.env['PATH'], PORT: `${port}`, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const printed: string[] = [];
  createInterface(child.stdout).on('line', (line) => printed.push(line));
  onTestFinished(() => void child.kill('SIGKILL'));
  const url = `http://127.0.0.1:${port}`;
  await vi.waitFor(() => fetch(url), 10_000);
  return { url, process: child, printed };
}

/** Whether nobody accepts new connections there. */
async function isRefused(url: string): Promise<boolean> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  try {
    await once(socket, 'connect');
    return false;
  } catch {
    return true;
  } finally {
    socket.destroy();
  }
}

/** Stands before a component: notes the headers of each request, and lets it through when `gate` does. */
async function listenIn(target: string, gate: () => Promise<unknown> = () => Promise.resolve()) {
  const heard: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    heard.push(request.headers);
    void (async () => {
      await gate();
      const answer = await fetch(`${target}${request.url ?? ''}`);
      response.writeHead(answer.status).end(await answer.text());
    })();
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heard };
}

const hop = z.looseObject({
  component: z.string(),
  release: z.string(),
  pid: z.number(),
  get hops() {
    return z.array(hop);
  },
});

async function chainOf(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<z.infer<typeof hop>> {
  const response = await fetch(url, { headers });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/json');
  return hop.parse(await response.json());
}

/** `component release` of a chain, those called by another in brackets behind it. */
function told({ component, release, hops }: z.infer<typeof hop>): string {
  return `${component} ${release}${hops.length === 0 ? '' : ` (${hops.map(told).join(', ')})`}`;
}

const context = {
  baggage: 'kf-dep=order-app-v3,kf-ve=team-a,user=7',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};

test('v1: page and worker both show what the api-server says, and pass the context on', async () => {
  const app = await checkOut('v1');
  const api = await start(join(app, 'components/api-server'));
  const line = await listenIn(api.url);
  const ui = await start(join(app, 'components/order-ui'), { API_SERVER_URL: line.url });
  const worker = await start(join(app, 'components/order-worker'), { API_SERVER_URL: line.url });
  line.heard.length = 0;

  const chain = await chainOf(`${ui.url}/api`, context);
  expect(told(chain)).toBe('order-ui v1 (api-server v1)');
  expect([chain.pid, chain.hops[0]?.pid]).toEqual([ui.process.pid, api.process.pid]);
  expect(told(await chainOf(`${worker.url}/worker`, context))).toBe('order-worker v1 (api-server v1)');
  expect(line.heard).toMatchObject([context, context]);

  await chainOf(`${ui.url}/api`);
  expect(line.heard.at(-1)).not.toHaveProperty('baggage');
  expect(line.heard.at(-1)).not.toHaveProperty('traceparent');
});

test('v2 and v3: each version answers with its own code on each hop, and the context reaches the last one', async () => {
  const app = await checkOut('v1', 'v2', 'v3');
  const api = await start(join(app, 'components/api-server'));
  const toApi = await listenIn(api.url);
  const review = await start(join(app, 'components/review'), { API_SERVER_URL: toApi.url });
  const env = { API_SERVER_URL: toApi.url, REVIEW_URL: review.url };
  const ui = await start(join(app, 'components/order-ui'), env);
  const worker = await start(join(app, 'components/order-worker'), { API_SERVER_URL: toApi.url });
  toApi.heard.length = 0;

  expect(told(await chainOf(`${ui.url}/api`, context))).toBe(
    'order-ui v3 (api-server v2, review v3 (api-server v2))',
  );
  expect(toApi.heard).toMatchObject([context, context]);
  expect(told(await chainOf(`${worker.url}/worker`, context))).toBe('order-worker v1 (api-server v2)');

  const old = await start(join(await checkOut('v1'), 'components/order-ui'), env);
  expect(told(await chainOf(`${old.url}/api`))).toBe('order-ui v1 (api-server v2)');
});

test('the page needs nothing from outside, shows each hop, and cannot be injected into', async () => {
  const app = await checkOut('v1', 'v2', 'v3');
  const api = await start(join(app, 'components/api-server'));
  const review = await start(join(app, 'components/review'), { API_SERVER_URL: api.url });
  const ui = await start(join(app, 'components/order-ui'), {
    API_SERVER_URL: api.url,
    REVIEW_URL: review.url,
  });
  const response = await fetch(ui.url, { headers: { baggage: 'kf-dep=<script>' } });
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  const html = await response.text();
  for (const shown of [
    'order-ui',
    'api-server',
    'review',
    `pid ${api.process.pid ?? ''}`,
    'Espresso machine',
  ]) {
    expect(html).toContain(shown);
  }
  expect(html).not.toMatch(/<script|https?:|src=|@import|url\(/);
});

test('a team is greeted as its request says, and sees prices in the currency of the process; both are text, not markup', async () => {
  for (const steps of [['v1'], ['v1', 'v2', 'v3']]) {
    const app = await checkOut(...steps);
    const api = await start(join(app, 'components/api-server'), { CURRENCY: '<USD>' });
    const review =
      steps.length === 1 ? api : await start(join(app, 'components/review'), { API_SERVER_URL: api.url });
    const ui = await start(join(app, 'components/order-ui'), {
      API_SERVER_URL: api.url,
      REVIEW_URL: review.url,
    });
    const greeted = async (path: string, variables?: object) => {
      const sent = Buffer.from(JSON.stringify(variables ?? {})).toString('base64url');
      const headers: Record<string, string> = variables === undefined ? {} : { 'x-fox-env': sent };
      return (await fetch(`${ui.url}${path}`, { headers })).text();
    };
    const by = `prices in <USD> (order-ui pid ${ui.process.pid ?? ''}, api-server pid ${api.process.pid ?? ''})`;
    expect(await greeted('/greeting', { GREETING: 'Hello, team A' })).toBe(`Hello, team A: ${by}\n`);
    expect(await greeted('/greeting')).toBe(`Welcome: ${by}\n`);
    const html = await greeted('/', { GREETING: '<script>' });
    expect(html).toContain('<p class="greeting">&#60;script&#62;</p>');
    expect(html).toContain('<td>249 &#60;USD&#62;');
    expect(html).not.toMatch(/<script|<USD/);
  }
});

test('what a component calls being away is said, and does not end it', async () => {
  const app = await checkOut('v1', 'v2', 'v3');
  const env = { API_SERVER_URL: `http://127.0.0.1:${await freePort()}`, REVIEW_URL: 'http://127.0.0.1:1' };
  for (const component of ['order-ui', 'order-worker', 'review']) {
    const { url } = await start(join(app, 'components', component), env);
    for (let request = 0; request < 2; request++) {
      const response = await fetch(url);
      expect(response.status).toBe(502);
      expect(await response.json()).toMatchObject({ component, error: expect.anything() as unknown });
    }
  }
});

test.each([
  ['order-ui', '/api'],
  ['order-worker', '/worker'],
])(
  'SIGTERM to %s: a request that is being answered is finished, then the process ends by itself',
  async (component, path) => {
    const app = await checkOut('v1');
    const api = await start(join(app, 'components/api-server'));
    const gate = { isOpen: true };
    const line = await listenIn(api.url, () => vi.waitUntil(() => gate.isOpen, 10_000));
    const running = await start(join(app, 'components', component), { API_SERVER_URL: line.url });
    line.heard.length = 0;
    gate.isOpen = false;
    const answer = fetch(running.url + path);
    await vi.waitFor(() => expect(line.heard).toHaveLength(1));
    const ended = once(running.process, 'exit');
    running.process.kill('SIGTERM');
    await vi.waitUntil(() => isRefused(running.url), 5000);
    gate.isOpen = true;
    expect((await answer).status).toBe(200);
    expect(await ended).toEqual([0, null]);
  },
);

test('the story tells its steps, and a later step holds only files that differ', async () => {
  const story = z.array(z.strictObject({ tag: z.string(), message: z.string() }));
  const steps = story.parse(JSON.parse(await readFile(join(orderApp, 'story.json'), 'utf8')));
  expect(steps.map(({ tag }) => tag)).toEqual(['v1', 'v2', 'v3']);
  expect(await filesIn(join(orderApp, 'v2'))).toEqual(['components/api-server/server.js']);
  expect(await filesIn(join(orderApp, 'v3'))).toEqual([
    'components/order-ui/page.js',
    'components/order-ui/server.js',
    'components/review/package.json',
    'components/review/server.js',
    'fox.config.yaml',
  ]);
  const first = await filesIn(join(orderApp, 'v1'));
  for (const step of ['v2', 'v3']) {
    for (const file of await filesIn(join(orderApp, step))) {
      const before = first.includes(file) ? await readFile(join(orderApp, 'v1', file), 'utf8') : undefined;
      expect(await readFile(join(orderApp, step, file), 'utf8')).not.toBe(before);
    }
  }
});

test.each(['minimal', 'order-app/v1', 'order-app/v3'])('the config of %s is valid', async (template) => {
  const text = await readFile(join(templates, template, 'fox.config.yaml'), 'utf8');
  const { app } = validateConfig({ file: 'fox.config.yaml', directory: '', text });
  expect(Object.values(app.components).every(({ command }) => command.join(' ') === 'node server.js')).toBe(
    true,
  );
});

test('both modules of the Order App need the api-server', async () => {
  const text = await readFile(join(orderApp, 'v3', 'fox.config.yaml'), 'utf8');
  const { app } = validateConfig({ file: 'fox.config.yaml', directory: '', text });
  expect(modulesOf(app, 'api-server')).toEqual(['web-ui', 'fulfillment']);
  expect(Object.keys(app.components).toSorted()).toEqual([
    'api-server',
    'order-ui',
    'order-worker',
    'review',
  ]);
});

test('the environments of the Order App give what its components declare, and are of its types', async () => {
  const environments = await readEnvironmentFiles(['environments'], {
    directory: join(orderApp, 'v1'),
    standardInput: () => Promise.reject(new Error('nothing is read from there')),
  });
  expect(environments.map(({ name, parent }) => [name, parent])).toEqual([
    ['dev', undefined],
    ['team-a', 'dev'],
    ['team-b', 'dev'],
  ]);
  for (const step of ['v1', 'v3']) {
    const text = await readFile(join(orderApp, step, 'fox.config.yaml'), 'utf8');
    const { app } = validateConfig({ file: 'fox.config.yaml', directory: '', text });
    const declared = Object.assign({}, ...Object.values(app.components).map(({ env }) => env)) as object;
    expect(Object.keys(declared).toSorted()).toEqual(['CURRENCY', 'GREETING']);
    expect(declared).toMatchObject({
      GREETING: { bind: 'request', default: 'Welcome' },
      CURRENCY: { default: 'EUR' },
    });
    for (const { vars } of environments)
      for (const name of Object.keys(vars)) expect(declared).toHaveProperty(name);
  }
});

test('no template has a .gitignore of its own name: npm leaves such files out of packages', async () => {
  const files = await filesIn(templates);
  expect(files.filter((file) => file.endsWith('.gitignore'))).toEqual([]);
  expect(files.filter((file) => file.endsWith('/gitignore'))).toEqual([
    'minimal/gitignore',
    'order-app/v1/gitignore',
  ]);
});

test('the minimal app greets', async () => {
  const { url } = await start(join(templates, 'minimal/web'), { GREETING: 'Hello' });
  expect(await (await fetch(`${url}/any`)).text()).toBe('Hello, world!\n');
});

test('each component tells where it listens, and of each request', async () => {
  const app = await checkOut('v1', 'v2', 'v3');
  const api = await start(join(app, 'components/api-server'));
  const env = { API_SERVER_URL: api.url };
  const review = await start(join(app, 'components/review'), env);
  const worker = await start(join(app, 'components/order-worker'), env);
  const ui = await start(join(app, 'components/order-ui'), { ...env, REVIEW_URL: review.url });
  const minimal = await start(join(templates, 'minimal/web'));
  for (const { url, printed } of [api, review, worker, ui, minimal]) {
    await (await fetch(`${url}/none?token=x`, { headers: context })).text();
    const status = url === ui.url ? 404 : 200;
    await vi.waitFor(() => expect(printed).toContain(`GET /none ${status} order-app-v3`));
    expect(printed[0]).toBe(`listening on ${new URL(url).port}`);
    expect(printed[1]).toBe('GET / 200');
  }
});
