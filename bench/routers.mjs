// Routers of their own, beside the embedded cluster's: how long they take to learn of a change, their memory and throughput.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { quantile } from './measure.mjs';

const router = fileURLToPath(new URL('../dist/router.js', import.meta.url));
const echo = fileURLToPath(new URL('echo.mjs', import.meta.url));

/** A child whose end is that of its standard input; `line` is the first of its output for which `wanted` gives something. */
async function startChild(args, wanted) {
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  const found = new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      const lines = (output + chunk).split('\n');
      output = lines.pop();
      for (const line of lines) {
        const value = wanted(line);
        if (value !== undefined) resolve(value);
      }
    });
    child.on('exit', (code) => reject(new Error(`${args.join(' ')} ended with ${code}`)));
  });
  const stop = async () => {
    child.stdin.end();
    if (child.exitCode === null) await once(child, 'exit');
  };
  return { value: await found, pid: child.pid, stop };
}

/** A server that all pods are; its port. */
export async function startEcho() {
  const { value, stop } = await startChild([echo], Number);
  return { port: value, stop };
}

/** A router of the cluster in a kubeconfig, once it has read it all. */
export async function startRouter(kubeconfig, id) {
  const where = ['--mode', 'embedded', '--kubeconfig', kubeconfig, '--namespace', 'default'];
  const { value, pid, stop } = await startChild(
    [router, ...where, '--id', id, '--edge', '127.0.0.1:0'],
    (line) => (line.includes('"ready"') ? JSON.parse(line).url : undefined),
  );
  return { url: value, pid, stop };
}

/** Resident memory of a process in MB. */
export function memoryOf(pid) {
  return Number(spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }).stdout) / 1024;
}

/** Asks for one path. @returns status, and what the component says that it was told. */
export function ask(url, agent) {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent }, (response) => {
      response
        .resume()
        .on('end', () => resolve({ status: response.statusCode, told: response.headers.told }));
    });
    outgoing.on('error', reject).end();
  });
}

/** Milliseconds from `change` being sent until a request is told `value` of variable `name`; fails after ten seconds. */
export async function timeUntilTold(url, name, value, change) {
  const agent = new Agent({ keepAlive: true });
  const start = performance.now();
  const changing = change();
  try {
    for (;;) {
      const { told = '' } = await ask(url, agent);
      const values = JSON.parse(Buffer.from(told, 'base64url').toString() || '{}');
      if (values[name] === value) return performance.now() - start;
      if (performance.now() - start > 10_000) throw new Error(`${name} never became ${value} at ${url}`);
    }
  } finally {
    agent.destroy();
    await changing;
  }
}

/** Requests per second of several routers, measured in turns; `urls` of each are asked for one after the other. */
export async function compareThroughput(
  targets,
  { connections = 16, milliseconds = 1_000, rounds = 5 } = {},
) {
  const rates = targets.map(() => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [index, urls] of targets.entries()) {
      const rate = await throughput(urls, connections, milliseconds);
      // The first round warms up.
      if (round > 0) rates[index].push(rate);
    }
  }
  return rates.map((each) => quantile(each, 0.5));
}

async function throughput(urls, connections, milliseconds) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const stopping = AbortSignal.timeout(milliseconds);
  let answered = 0;
  let next = 0;
  const worker = async () => {
    while (!stopping.aborted) {
      const { status } = await ask(urls[next++ % urls.length], agent);
      if (status !== 200) throw new Error(`a router answered ${status}`);
      answered++;
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: connections }, worker));
  agent.destroy();
  // What was closed is told to the other end in the next turn.
  await delay(50);
  return (answered * 1_000) / (performance.now() - start - 50);
}
