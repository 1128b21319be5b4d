// Release flips under load: from sending the patch to the last answer of the old version, and failed requests.
import { Agent, request } from 'node:http';
import { quantile } from './measure.mjs';

/** Asks for `url` from several connections until it is stopped; keeps when which version answered. */
function startLoad(url, connections) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const answers = [];
  let failed = 0;
  const stopping = new AbortController();
  const ask = () =>
    new Promise((resolve) => {
      const outgoing = request(url, { agent }, (response) => {
        response.resume();
        response.on('end', () => {
          if (response.statusCode === 200)
            answers.push({ at: performance.now(), version: response.headers['fox-version'] });
          else failed++;
          resolve();
        });
      });
      outgoing.on('error', () => {
        failed++;
        resolve();
      });
      outgoing.end();
    });
  // A load that the machine can carry: one that it can't would measure its scheduler.
  const worker = async () => {
    while (!stopping.signal.aborted) {
      await ask();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const workers = Array.from({ length: connections }, worker);
  const stop = async () => {
    stopping.abort();
    await Promise.all(workers);
    agent.destroy();
  };
  return { answers, failures: () => failed, stop };
}

/** Flips between two release records again and again. Milliseconds per flip, and how many requests there were and failed. */
export async function measureFlips(
  { send },
  url,
  key,
  records,
  { flips = 200, connections = 8, pause = 100 } = {},
) {
  const load = startLoad(url, connections);
  const times = [];
  let requests = 0;
  for (let index = 0; index < flips; index++) {
    const record = records[index % 2];
    const releases = await send('GET', '/api/v1/namespaces/default/configmaps/fox-releases');
    const data = {
      [key]: JSON.stringify({ ...record, id: `bench-${index}` }),
      '.epoch': String(Number(releases.data['.epoch']) + 1),
    };
    const sent = performance.now();
    const patch = { metadata: { resourceVersion: releases.metadata.resourceVersion }, data };
    await send(
      'PATCH',
      '/api/v1/namespaces/default/configmaps/fox-releases',
      patch,
      'application/merge-patch+json',
    );
    await new Promise((resolve) => setTimeout(resolve, pause));
    const old = load.answers.findLast(({ version }) => version !== record.version);
    if (old !== undefined) times.push(Math.max(0, old.at - sent));
    requests += load.answers.length;
    load.answers.length = 0;
  }
  await load.stop();
  return { median: quantile(times, 0.5), p99: quantile(times, 0.99), requests, failed: load.failures() };
}
