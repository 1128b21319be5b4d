// Streams through the router and HAProxy: WebSocket messages, and 1 GiB in each direction with the memory that takes.
import { join } from 'node:path';
import { truncateSync, writeFileSync } from 'node:fs';
import { WebSocket } from 'ws';
import { outputOf } from './measure.mjs';
import { cpuOf, forgetPeak, peakMemoryOf, startBackend, startFox, startHaproxy } from './proxy-processes.mjs';

const gigabyte = 1024 ** 3;
const sockets = 32;
const milliseconds = 2_000;

export async function benchStreams({ directory, world }) {
  const backend = await startBackend();
  const haproxy = await startHaproxy(directory, backend.port);
  const fox = await startFox(directory, world, { port: backend.port, accessLog: true, versions: 1 });
  const subjects = { direct: backend, haproxy, fox };
  try {
    console.log(`WebSocket echo, ${sockets} connections, 100 bytes there and back:`);
    for (const [name, { url }] of Object.entries(subjects))
      console.log(`  ${name.padEnd(8)} ${(await echoRate(url)).toFixed(0).padStart(7)} messages/s`);
    const file = join(directory, 'gigabyte');
    writeFileSync(file, '');
    truncateSync(file, gigabyte);
    const transfers = {
      '1 GiB down': (url) => [`${url}/big?bytes=${gigabyte}`],
      '1 GiB up': (url) => ['-T', file, `${url}/up`],
    };
    for (const [title, args] of Object.entries(transfers)) {
      console.log(`${title}:`);
      for (const [name, subject] of Object.entries(subjects))
        console.log(`  ${name.padEnd(8)} ${await transfer(subject, args(subject.url))}`);
    }
  } finally {
    for (const { stop } of [fox, haproxy, backend]) await stop();
  }
}

/** Each connection sends the next message when the last one is back. */
async function echoRate(url) {
  let messages = 0;
  const open = Array.from(
    { length: sockets },
    () => new WebSocket(url.replace('http', 'ws'), { perMessageDeflate: false }),
  );
  const message = Buffer.alloc(100);
  await Promise.all(
    open.map(
      (socket) =>
        new Promise((resolve, reject) => {
          socket.on('error', reject).on('open', () => {
            socket.send(message);
            resolve();
          });
          socket.on('message', () => {
            messages++;
            socket.send(message);
          });
        }),
    ),
  );
  messages = 0;
  const start = performance.now();
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  const rate = (messages * 1_000) / (performance.now() - start);
  for (const socket of open) socket.terminate();
  return rate;
}

async function transfer({ pid }, args) {
  forgetPeak(pid);
  const idle = peakMemoryOf(pid);
  const cpu = cpuOf(pid);
  const start = performance.now();
  await outputOf(['curl', '--silent', '--show-error', '--fail', '--output', '/dev/null', ...args]);
  const seconds = (performance.now() - start) / 1_000;
  const peak = peakMemoryOf(pid);
  return `${(1024 / seconds).toFixed(0).padStart(5)} MiB/s, ${(cpuOf(pid) - cpu).toFixed(2)} s of CPU, ${(peak - idle).toFixed(0)} MB more memory at most`;
}
