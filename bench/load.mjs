// Load for proxies: wrk for as much as they carry, and a paced client for how long they take at a rate that all of them carry.
import { writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { outputOf, quantile } from './measure.mjs';

/** A script for wrk that asks for the last of `versions`: the pods that answer are as many whatever else is live. */
export function writeVersionsScript(directory, versions) {
  const file = join(directory, `versions-${versions}.lua`);
  writeFileSync(file, `request = function() return wrk.format("GET", "/page?kf-dep=v${versions - 1}") end\n`);
  return file;
}

/** As many requests as go through. @returns requests in all, per second, median and p99 of their times in ms. */
export async function wrk(url, { connections = 64, seconds = 3, script }) {
  const more = script === undefined ? [] : ['-s', script];
  const args = [
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--latency',
    '--timeout',
    '20s',
    ...more,
    `${url}/page`,
  ];
  const text = await outputOf(['wrk', ...args]);
  const bad = /Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)/.exec(text);
  if (bad !== null) throw new Error(`${url}: ${bad[0]}`);
  return {
    requests: Number(/(\d+) requests in/.exec(text)[1]),
    rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)[1]),
    median: milliseconds(/50%\s+(\S+)/.exec(text)[1]),
    p99: milliseconds(/99%\s+(\S+)/.exec(text)[1]),
  };
}

/** NaN where there was no request at all. */
function milliseconds(text) {
  const [, value = NaN, unit = 'ms'] = /([\d.]+)(us|ms|s|m)/.exec(text) ?? [];
  return Number(value) * { us: 0.001, ms: 1, s: 1_000, m: 60_000 }[unit];
}

/** `rate` requests per second, each begun when it is due, whether or not earlier ones are answered. Median and p99 in ms. */
export async function paced(url, { rate = 500, seconds = 3 } = {}) {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const times = [];
  const pending = [];
  const start = performance.now();
  for (let sent = 0; sent < rate * seconds; sent++) {
    const due = start + (sent * 1_000) / rate;
    const wait = due - performance.now();
    if (wait > 1) await delay(wait);
    pending.push(ask(`${url}/page`, agent).then(() => times.push(performance.now() - Math.max(due, start))));
  }
  await Promise.all(pending);
  agent.destroy();
  // The first ones open connections.
  const warm = times.slice(rate / 2);
  return { median: quantile(warm, 0.5), p99: quantile(warm, 0.99) };
}

async function ask(url, agent) {
  return new Promise((resolve, reject) => {
    request(url, { agent }, (response) => response.resume().on('end', resolve))
      .on('error', reject)
      .end();
  });
}
