// Programs that know nothing of contexts, and call in each of the ways that there are; and how they are started with the preload.
import { loadingOption } from '../../src/cluster/objects/node-options.ts';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

/** Replaced by the text that pods are given. */
declare const FOX_PRELOAD: string;

/** What components may import beside. */
const component = join(import.meta.dirname, '..', '..', 'dist', 'component.js');
const undici = join(import.meta.dirname, '..', '..', 'node_modules', 'undici', 'index.js');

/** `--import` of the preload without a file. */
export const preloadOption = loadingOption(FOX_PRELOAD);

/** Ways to call, in a module. Each is a function of the URL that is called, and tells what it answered. */
const modern = `
import http, { Agent, get as namedGet, request as namedRequest } from 'node:http';
import { EventEmitter, once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import undici from ${JSON.stringify(undici)};
import { fetch as ownFetch, withContext } from ${JSON.stringify(component)};

const text = async (stream) => { let all = ''; for await (const part of stream) all += part; return all; };
const answerOf = async (call) => text((await once(call, 'response'))[0]);
const split = (url) => { const { hostname, port, pathname } = new URL(url); return { hostname, port, path: pathname }; };
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const pools = new Map();
const poolOf = (url) => pools.get(new URL(url).origin) ?? pools.set(new URL(url).origin, new undici.Pool(new URL(url).origin, { connections: 1 })).get(new URL(url).origin);

export const ways = {
  'request(url)': (url) => answerOf(http.request(url).end()),
  'request(URL, options)': (url) => answerOf(http.request(new URL(url), { method: 'POST', headers: { 'x-own': '1' } }).end('body')),
  'request(options)': (url) => answerOf(http.request(split(url)).end()),
  'request(url, callback)': (url) => new Promise((done) => http.request(url, (response) => done(text(response))).end()),
  'request(url, options, callback)': (url) => new Promise((done) => http.request(url, {}, (response) => done(text(response))).end()),
  'get(options with host)': (url) => answerOf(http.get({ host: split(url).hostname, port: Number(split(url).port) })),
  'a named import of request': (url) => answerOf(namedRequest(url).end()),
  'a named import of get': (url) => answerOf(namedGet(url)),
  'headers as a flat list': (url) => answerOf(http.request(url, { headers: ['Host', new URL(url).host, 'X-Own', '1'] }).end()),
  'headers as a list of pairs': (url) => answerOf(http.request(url, { headers: [['Host', new URL(url).host], ['X-Own', '1']] }).end()),
  'a list with values that are lists': (url) => answerOf(http.request(url, { headers: ['Host', new URL(url).host, 'Cookie', ['a=1', 'b=2'], 'X-Own', '1'] }).end()),
  'a call that waits for 100 Continue': async (url) => {
    const call = http.request(url, { method: 'POST', headers: { Expect: '100-continue', 'Content-Length': 4 } });
    call.flushHeaders();
    await once(call, 'continue');
    return answerOf(call.end('body'));
  },
  'setHeader after request': (url) => { const call = http.request(url); call.setHeader('x-own', '1'); return answerOf(call.end()); },
  'a connection that is used again': (url) => answerOf(http.get(url, { agent })),
  fetch: async (url) => (await fetch(url)).text(),
  'fetch(URL)': async (url) => (await fetch(new URL(url), { headers: { 'x-own': '1' } })).text(),
  'fetch(Request)': async (url) => (await fetch(new Request(url, { method: 'POST', body: 'body' }))).text(),
  'fetch with a stream': async (url) => (await fetch(url, { method: 'POST', body: new Response('body').body, duplex: 'half' })).text(),
  'undici.request': async (url) => (await undici.request(url)).body.text(),
  'undici.fetch': async (url) => (await undici.fetch(url)).text(),
  'undici.fetch in a function that is called so': (url) => { const drainOrders = async () => (await undici.fetch(url)).text(); return drainOrders(); },
  'undici.stream': async (url) => { const out = new PassThrough(); const [all] = await Promise.all([text(out), undici.stream(url, { method: 'GET' }, () => out)]); return all; },
  'a busy pool of undici': async (url) => (await poolOf(url).request({ method: 'GET', path: '/' })).body.text(),
  'fetch by a busy pool': async (url) => (await fetch(url, { dispatcher: poolOf(url) })).text(),
  'after a timer': async (url) => { await delay(2); return (await fetch(url)).text(); },
  'in setImmediate': (url) => new Promise((done) => setImmediate(() => done(fetch(url).then((each) => each.text())))),
  'in an event': (url) => new Promise((done) => { const emitter = new EventEmitter(); emitter.on('go', () => done(answerOf(http.get(url)))); queueMicrotask(() => emitter.emit('go')); }),
  'behind a stream': async (url) => { const out = new PassThrough(); const all = text(out); await pipeline(async function* () { yield await (await fetch(url)).text(); }, out); return all; },
  'when the body has come': (url, request) => new Promise((done) => { request.on('data', () => undefined); request.on('end', () => done(answerOf(http.get(url)))); }),
  'when the body was read': async (url, request) => { await text(request); return answerOf(http.get(url)); },
};

const peek = fileURLToPath(new URL('peek.mjs', import.meta.url));
export const others = {
  'in a worker thread': async () => JSON.stringify((await once(new Worker(peek), 'message'))[0]),
  'in a child': () => new Promise((done) => execFile(process.execPath, [peek], (error, out) => done(error ? String(error) : out.trim()))),
  'by fox/component as well': (url, request) => new Promise((done) => withContext(async () => done((await ownFetch(url)).text()))(request)),
  'own headers': (url) => answerOf(http.request(url, { headers: { baggage: 'mine=1', traceparent: 'own-trace', 'x-request-id': 'own-id' } }).end()),
  'own headers in several': (url) => answerOf(http.request(url, { headers: ['Host', new URL(url).host, 'Baggage', 'mine=1', 'Baggage', 'too=2', 'traceparent', 'own-trace'] }).end()),
  'undici.fetch by a busy pool': async (url) => (await undici.fetch(url, { dispatcher: poolOf(url) })).text(),
  'own headers, set late': (url) => { const call = http.request(url); call.setHeader('baggage', 'mine=1'); call.setHeader('TraceParent', 'own-trace'); return answerOf(call.end()); },
  'own headers by fetch': async (url) => (await fetch(url, { headers: { Baggage: 'mine=1', traceparent: 'own-trace' } })).text(),
  'own headers by undici': async (url) => (await undici.request(url, { headers: { baggage: 'mine=1', traceparent: 'own-trace' } })).body.text(),
  'own headers in a list': (url) => answerOf(http.request(url, { headers: ['Host', new URL(url).host, 'Baggage', 'mine=1', 'traceparent', 'own-trace'] }).end()),
  'a context of another request': (url) => answerOf(http.request(url, { headers: { baggage: 'kf-dep=other-v9,kf-ve=there' } }).end()),
  wrong: async () => { const tell = (error) => error.code ?? error.name; const all = [];
    try { http.request('no url'); } catch (error) { all.push(tell(error)); }
    try { http.request('http://a/', { headers: { 'bad name': 'x' } }); } catch (error) { all.push(tell(error)); }
    try { http.request(process.env.CALLEE_URL, { headers: ['Host'] }); } catch (error) { all.push(tell(error)); }
    await fetch('no url').catch((error) => all.push(tell(error)));
    await fetch(process.env.CALLEE_URL, { method: 'GET', body: 'x' }).catch((error) => all.push(tell(error)));
    return JSON.stringify(all); },
};
`;

const esm = `
import { createServer } from 'node:http';
import { others, ways } from './ways.mjs';
const server = createServer(async (request, response) => {
  const { searchParams } = new URL(request.url, 'http://x');
  const way = { ...ways, ...others }[searchParams.get('way')];
  try { response.end(await way(searchParams.get('url') ?? process.env.CALLEE_URL, request)); }
  catch (error) { response.writeHead(500).end(String(error?.stack)); }
});
server.on('upgrade', (request, socket) => {
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: x\\r\\nConnection: upgrade\\r\\n\\r\\n');
  socket.on('data', async () => socket.write(await ways['request(url)'](process.env.CALLEE_URL)));
});
server.listen(0, '127.0.0.1', () => console.log('http://127.0.0.1:' + server.address().port));
process.on('disconnect', () => process.exit());
console.log(JSON.stringify({ ways: Object.keys(ways) }));
`;

/** A thread or a child that tells whether it has the preload. */
const peek = `
import { parentPort } from 'node:worker_threads';
const seen = [globalThis[Symbol.for('fox.preload')] === true, process.env.FOX_CALLS];
if (parentPort === null) console.log(JSON.stringify(seen));
else parentPort.postMessage(seen);
`;

const commonJs = `
const { createServer, get, request } = require('node:http');
const { fetch } = globalThis;
const text = async (stream) => { let all = ''; for await (const part of stream) all += part; return all; };
const ways = {
  request: (url) => new Promise((done) => request(url, (response) => done(text(response))).end()),
  get: (url) => new Promise((done) => get(url, (response) => done(text(response)))),
  fetch: async (url) => (await fetch(url)).text(),
};
const server = createServer(async (question, response) => {
  const { searchParams } = new URL(question.url, 'http://x');
  response.end(await ways[searchParams.get('way')](process.env.CALLEE_URL));
});
server.listen(0, '127.0.0.1', () => console.log('http://127.0.0.1:' + server.address().port));
process.on('disconnect', () => process.exit());
console.log(JSON.stringify({ ways: Object.keys(ways), isMain: require.main === module }));
`;

/** A program that runs. */
export interface RunningProgram {
  readonly url: string;
  readonly ways: readonly string[];
  readonly first: Readonly<Record<string, unknown>>;
  /** What it has written to stderr. */
  readonly errors: () => string;
  readonly child: ChildProcess;
}

/** Starts the program, with these variables beside PATH; ends it with the test. */
export async function startProgram(
  kind: 'esm' | 'commonjs',
  env: Readonly<Record<string, string>>,
  nodeArguments: readonly string[] = [],
): Promise<RunningProgram> {
  const directory = await mkdtemp(join(tmpdir(), 'fox-preload-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await writeFile(join(directory, 'ways.mjs'), modern);
  await writeFile(join(directory, 'peek.mjs'), peek);
  await writeFile(join(directory, 'app.mjs'), esm);
  await writeFile(join(directory, 'app.cjs'), commonJs);
  const file = join(directory, kind === 'esm' ? 'app.mjs' : 'app.cjs');
  const child = spawn(process.execPath, [...nodeArguments, file], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let errors = '';
  child.stderr?.on('data', (part: Buffer) => (errors += part.toString()));
  if (child.stdout === null) throw new Error('no stdout');
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) if (lines.push(line) === 2) break;
  const [first = '{}', url = ''] = lines;
  if (!url.startsWith('http')) throw new Error(`it didn't start: ${errors}`);
  const said = JSON.parse(first) as { ways: string[] };
  return {
    url,
    ways: said.ways,
    first: said as unknown as Record<string, unknown>,
    errors: () => errors,
    child,
  };
}

/** A server that tells the headers that it gets, and redirects `/to?<url>` there. */
export async function startEcho(): Promise<{ readonly url: string; readonly heard: IncomingHttpHeaders[] }> {
  const heard: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    heard.push(request.headers);
    request.resume().on('end', () => {
      if (request.url?.startsWith('/to?') === true)
        response.writeHead(307, { location: decodeURIComponent(request.url.slice(4)) }).end();
      else response.end(JSON.stringify(request.headers));
    });
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heard };
}
