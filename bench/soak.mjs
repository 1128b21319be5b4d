// Treats one router to good, aborted, upgraded, slow and bad requests for minutes, and fails if anything is left of them. Not a test of CI.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { wrk } from './load.mjs';
import { cpuOf, loadRoutedWorld, startBackend, startFox } from './proxy-processes.mjs';

const minutes = Number(process.argv[2] ?? 5);
/** What may be more at the end than after the warm-up. */
const allowed = { sockets: 2, timers: 4, megabytes: 25 };
const warmUp = 20_000;
const directory = mkdtempSync(join(tmpdir(), 'fox-soak-'));
const counts = { good: 0, wrk: 0, bad: 0, aborted: 0, upgraded: 0, slow: 0, broken: 0 };
const failures = [];

/** A worker of a kind does it again and again until it is stopped. */
function load(url, badBytes, stopping) {
  const port = Number(new URL(url).port);
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const workers = {
    good: [6, () => good(url, agent)],
    bad: [3, (turn) => raw(port, badBytes[turn % badBytes.length])],
    aborted: [3, (turn) => aborted(url, turn)],
    upgraded: [2, () => upgraded(url)],
    slow: [4, () => slow(port)],
    broken: [1, () => broken(url)],
  };
  const running = Object.entries(workers).flatMap(([kind, [count, act]]) =>
    Array.from({ length: count }, async (_, worker) => {
      for (let turn = worker; !stopping.aborted; turn += count) {
        try {
          await act(turn);
          counts[kind]++;
        } catch (error) {
          failures.push(`${kind}: ${error.message}`);
        }
      }
    }),
  );
  return Promise.all(running).then(() => agent.destroy());
}

/** A request that must be answered as ever. */
function good(url, agent) {
  const body = Math.random() < 0.3 ? Buffer.alloc(20_000) : undefined;
  return new Promise((resolve, reject) => {
    const outgoing = request(`${url}/page`, { agent, method: body ? 'POST' : 'GET' }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () =>
        text === 'ok' ? resolve() : reject(new Error(`${response.statusCode} ${text}`)),
      );
      response.on('error', reject);
    });
    outgoing.on('error', reject).end(body);
  });
}

/** Bytes on a connection of their own, until it is closed or a moment has passed. */
async function raw(port, bytes) {
  const socket = connect(port, '127.0.0.1');
  await new Promise((resolve) => {
    const timer = setTimeout(resolve, 200);
    socket
      .on('error', () => undefined)
      .on('close', () => {
        clearTimeout(timer);
        resolve();
      });
    socket.resume().write(bytes, 'latin1');
  });
  socket.destroy();
}

/** A client that goes away: while it waits, while it is answered, while it sends. */
async function aborted(url, turn) {
  const path = ['/slow', '/big?bytes=50000000', '/page'][turn % 3];
  const outgoing = request(url + path, { agent: false, method: turn % 3 === 2 ? 'POST' : 'GET' });
  outgoing.on('error', () => undefined).on('response', (response) => response.on('error', () => undefined));
  if (turn % 3 === 2) outgoing.write('half');
  else outgoing.end();
  await delay(20 + Math.random() * 50);
  outgoing.destroy();
}

async function upgraded(url) {
  const socket = new WebSocket(url.replace('http', 'ws'));
  await new Promise((resolve, reject) => {
    let echoes = 0;
    socket.on('error', reject).on('open', () => socket.send('hello'));
    socket.on('message', () => (++echoes < 10 ? socket.send('hello') : resolve()));
  });
  if (Math.random() < 0.5) socket.terminate();
  else socket.close();
}

/** A head that arrives byte by byte, and never does. */
async function slow(port) {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  socket.write('GET / HTTP/1.1\r\nhost: x\r\nx-slow: ');
  for (let index = 0; index < 10; index++) {
    await delay(50);
    socket.write('a');
  }
  socket.destroy();
}

/** A component that breaks off. */
function broken(url) {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${url}/half`, { agent: false, method: 'POST' }, (response) => {
      response.resume().on('error', () => undefined);
      response.on('close', () =>
        response.complete ? reject(new Error('half a body passed for a whole one')) : resolve(),
      );
    });
    outgoing.on('error', reject).end();
  });
}

/** What the router holds once nobody asks it for anything: after its idle connections to pods are closed. */
async function settled(pid, report) {
  let last;
  for (let calm = 0, tries = 0; calm < 3 && tries < 60; tries++) {
    rmSync(report, { force: true });
    process.kill(pid, 'SIGUSR2');
    await delay(1_000);
    const now = JSON.parse(readFileSync(report, 'utf8'));
    calm = last !== undefined && now.sockets === last.sockets && now.timers === last.timers ? calm + 1 : 0;
    last = now;
  }
  return last;
}

async function during(milliseconds, url, badBytes) {
  const stopping = new AbortController();
  const running = load(url, badBytes, stopping.signal);
  const end = Date.now() + milliseconds;
  while (Date.now() < end) {
    const seconds = Math.max(1, Math.min(10, Math.ceil((end - Date.now()) / 1_000)));
    counts.wrk += (await wrk(url, { connections: 16, seconds })).requests;
  }
  stopping.abort();
  await running;
}

const report = join(directory, 'report.json');
const reporter = join(directory, 'reporter.mjs');
writeFileSync(
  reporter,
  `import { writeFileSync } from 'node:fs';
process.on('SIGUSR2', () => {
  globalThis.gc(); globalThis.gc();
  const active = process.getActiveResourcesInfo();
  const count = (kind) => active.filter((each) => each === kind).length;
  const { rss, heapUsed } = process.memoryUsage();
  writeFileSync(${JSON.stringify(report)}, JSON.stringify({ sockets: count('TCPSocketWrap'), timers: count('Timeout'), rss: Math.round(rss / 1048576), heap: Math.round(heapUsed / 1048576) }));
});\n`,
);

const world = await loadRoutedWorld(directory);
const backend = await startBackend();
const nodeOptions = ['--expose-gc', '--import', reporter];
const fox = await startFox(directory, world, {
  port: backend.port,
  accessLog: true,
  versions: 1,
  nodeOptions,
});
try {
  const badBytes = world.badBytes();
  await during(warmUp, fox.url, badBytes);
  const before = await settled(fox.pid, report);
  console.log(
    `after the warm-up of ${fileURLToPath(import.meta.url)
      .split('/')
      .at(-1)}:`,
    before,
    { ...counts },
  );
  await during(minutes * 60_000, fox.url, badBytes);
  const after = await settled(fox.pid, report);
  console.log(`after ${minutes} minutes:`, after, counts, `${cpuOf(fox.pid).toFixed(0)} s of CPU`);
  if (after.sockets > before.sockets + allowed.sockets) failures.push('sockets are left');
  if (after.timers > before.timers + allowed.timers) failures.push('timers are left');
  if (after.heap > before.heap + allowed.megabytes) failures.push('the heap has grown');
  if (after.rss > before.rss + 2 * allowed.megabytes) failures.push('memory has grown');
} finally {
  await fox.stop();
  await backend.stop();
  rmSync(directory, { recursive: true, force: true });
}
console.log(failures.length === 0 ? 'nothing is left' : failures.slice(0, 20).join('\n'));
process.exitCode = failures.length === 0 ? 0 : 1;
