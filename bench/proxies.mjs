// The router beside HAProxy (one thread) and nginx (one worker) with equivalent rules, before a server that is faster than all, and before a component in Node.
import { quantile } from './measure.mjs';
import { paced, wrk, writeVersionsScript } from './load.mjs';
import {
  cpuOf,
  forgetPeak,
  loadRoutedWorld,
  missingTools,
  peakMemoryOf,
  startBackend,
  startFastServer,
  startFox,
  startHaproxy,
  startNginxProxy,
} from './proxy-processes.mjs';
import { benchStreams } from './streams.mjs';

const rounds = 3;
/** Seconds: Node's compiler takes some tens of thousands of requests until it is done. */
const warmUp = 5;
const pacedRate = 500;
const budgets = { ofHaproxy: 0.5, flat: 0.05, megabytes: 200 };

/** Measures all of them in turns, in one run. */
export async function benchProxies({ directory }) {
  const missing = missingTools('wrk', 'haproxy', 'nginx', 'curl');
  if (process.platform !== 'linux' || missing.length > 0)
    return console.log(
      `proxies: skipped, it needs Linux with wrk, haproxy, nginx and curl; missing: ${missing.join(', ') || 'Linux'}`,
    );
  const world = await loadRoutedWorld(directory);
  const server = await startFastServer(directory);
  const started = [server];
  const keep = async (starting) => {
    const program = await starting;
    started.push(program);
    return program;
  };
  try {
    const fox = (sketch) =>
      keep(startFox(directory, world, { port: server.port, accessLog: true, versions: 1, ...sketch }));
    const component = await keep(startBackend());
    const before = { 'a component in Node': component, 'a server faster than all': server };
    for (const [what, behind] of Object.entries(before)) {
      const { port } = behind;
      const subjects = {
        direct: { program: behind },
        haproxy: { program: await keep(startHaproxy(directory, port)) },
        nginx: { program: await keep(startNginxProxy(directory, port)) },
        fox: { program: await fox({ port }) },
        'fox, no access log': { program: await fox({ port, accessLog: false }) },
      };
      console.log(`before ${what}:`);
      await benchAll(subjects, behind === component ? budgets.ofHaproxy : undefined);
    }
    const counts = [1, 100, 1_000];
    const crowds = {};
    for (const versions of counts) {
      const script = writeVersionsScript(directory, versions);
      crowds[`fox, ${versions} versions of 50 components`] = { program: await fox({ versions }), script };
    }
    await benchVersions(crowds);
  } finally {
    for (const { stop } of started.toReversed()) await stop();
  }
  await benchStreams({ directory, world });
}

/** Throughput and CPU with 64 connections, each in turns. */
async function measureRates(subjects) {
  const results = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const [name, { program, script }] of Object.entries(subjects)) {
      const before = cpuOf(program.pid);
      const result = await wrk(program.url, { script, seconds: round === 0 ? warmUp : 3 });
      const cpu = ((cpuOf(program.pid) - before) * 1e6) / result.requests;
      // The first round warms up.
      if (round > 0) results[name].push({ ...result, cpu });
    }
  }
  return Object.fromEntries(
    Object.entries(results).map(([name, list]) => [
      name,
      {
        rate: medianOf(list, 'rate'),
        cpu: medianOf(list, 'cpu'),
        median: medianOf(list, 'median'),
        p99: medianOf(list, 'p99'),
      },
    ]),
  );
}

function medianOf(list, key) {
  return quantile(
    list.map((each) => each[key]),
    0.5,
  );
}

async function benchAll(subjects, budget) {
  const rates = await measureRates(subjects);
  const { haproxy } = rates;
  console.log('64 connections, as much as goes through:');
  for (const [name, { rate, cpu, median, p99 }] of Object.entries(rates)) {
    const isMet = rate / haproxy.rate >= budget ? 'met' : 'MISSED';
    const verdict = name === 'fox' && budget !== undefined ? `  budget ${budget} ${isMet}` : '';
    console.log(
      `  ${name.padEnd(20)} ${rate.toFixed(0).padStart(7)}/s ${(rate / haproxy.rate).toFixed(2)} × HAProxy${verdict}; ${cpu.toFixed(1)} µs of CPU each (${(cpu / haproxy.cpu).toFixed(2)} ×); median ${median.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`,
    );
  }
  const calm = {
    [`${pacedRate} requests per second, each when it is due`]: async (url) => paced(url, { rate: pacedRate }),
    'one connection, one request after the other': async (url) => wrk(url, { connections: 1, seconds: 2 }),
  };
  for (const [title, measure] of Object.entries(calm)) {
    console.log(`${title}:`);
    for (const [name, { program }] of Object.entries(subjects)) {
      const { median, p99 } = await measure(program.url);
      console.log(`  ${name.padEnd(20)} median ${median.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`);
    }
  }
}

async function benchVersions(subjects) {
  const rates = await measureRates(subjects);
  const [first] = Object.values(rates);
  console.log('requests of one version among many, 64 connections:');
  for (const [name, { rate, cpu, p99 }] of Object.entries(rates)) {
    const ratio = rate / first.rate;
    const { pid } = subjects[name].program;
    const memory = peakMemoryOf(pid);
    const verdict = ratio >= 1 - budgets.flat ? 'met' : 'MISSED';
    console.log(
      `  ${name.padEnd(36)} ${rate.toFixed(0).padStart(7)}/s ${ratio.toFixed(2)} × 1 version, budget ${1 - budgets.flat} ${verdict}; ${cpu.toFixed(1)} µs of CPU each; p99 ${p99.toFixed(2)} ms; ${memory.toFixed(0)} MB at most, budget ${budgets.megabytes} ${memory <= budgets.megabytes ? 'met' : 'MISSED'}`,
    );
    forgetPeak(pid);
  }
}
