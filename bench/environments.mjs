// Many virtual environments over one version: workloads, plans, changes of variables, and what routers make of them.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from './cluster.mjs';
import { outputOf, quantile, report, timeOf } from './measure.mjs';
import { startPretendedKubelet } from './pretended-node.mjs';
import { compareThroughput, memoryOf, startEcho, startRouter, timeUntilTold } from './routers.mjs';

const node = process.execPath;
const many = Number(process.env.FOX_BENCH_ENVIRONMENTS ?? 200);
const components = 50;
const declaring = 5;
const kubelet = 'fox-bench';
const maps = '/api/v1/namespaces/default/configmaps';
const deployments = '/apis/apps/v1/namespaces/default/deployments';

/** Measures one environment beside many, each on an embedded cluster of its own, in turns. */
export async function benchEnvironments({ fox, repository }) {
  const echo = await startEcho();
  const places = [];
  try {
    for (const count of [1, many]) places.push(await openPlace(fox, repository, count, echo.port));
    await benchWorkloads(places);
    await benchCommands(fox, places);
    await benchRouters(places);
  } finally {
    for (const { stop } of places) await stop();
    await echo.stop();
  }
}

function names(count) {
  return Array.from({ length: count }, (_, index) => `ve-${String(index).padStart(4, '0')}`);
}

/** One version that runs in `count` environments. No pod has a process: all are one server. */
async function openPlace(fox, repository, count, port) {
  const cwd = repository(`environments-${count}`, {
    components,
    settings: (index) => settingsOf(index, port),
  });
  const run = async (...args) => outputOf([node, fox, ...args], { cwd });
  await run('cluster', 'start');
  const kubeconfig = (await run('cluster', 'kubeconfig')).trim();
  const client = connect(kubeconfig);
  const stopKubelet = startPretendedKubelet(client, kubelet, 'default', '127.0.0.1');
  const environments = names(count);
  const place = { count, cwd, kubeconfig, client, environments };
  const stop = async () => {
    stopKubelet();
    client.close();
  };
  try {
    writeFileSync(join(cwd, '..', `environments-${count}.yaml`), environmentsYaml(environments));
    await run('env', 'apply', '-f', join(cwd, '..', `environments-${count}.yaml`), '--quiet');
    await run('deploy', 'v1', '-e', environments[0], '--timeout', '10m', '--quiet');
    // As if it had been deployed into each of them; the next deployment makes what that takes.
    const annotations = { 'kubefox.io/runs-in': environments.join(',') };
    const patch = { metadata: { annotations } };
    await client.send('PATCH', `${maps}/bench-version-v1`, patch, 'application/merge-patch+json');
    await run('deploy', 'v1', '-e', environments[0], '--timeout', '10m', '--quiet');
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...place, stop };
}

/** The first components have a variable that each environment gives another value, the very first one per request, too. */
function settingsOf(index, port) {
  const text = { type: 'string', required: true, bind: 'request' };
  const perRequest = { GREETING: text, MOTTO: text };
  const env = {
    ...(index < declaring ? { TONE: { type: 'string', required: true } } : {}),
    ...(index === 0 ? perRequest : {}),
  };
  return {
    port,
    env,
    podTemplate: { spec: { nodeName: kubelet } },
    ...(index === 0 ? { routes: ['PathPrefix(`/`)'] } : {}),
  };
}

/** All inherit twenty values from one environment. */
function environmentsYaml(environments) {
  const inherited = Array.from({ length: 20 }, (_, index) => [`INHERITED_${index}`, 'x'.repeat(40)]);
  const base = {
    kind: 'VirtualEnvironment',
    name: 'base',
    vars: { GREETING: 'hello', MOTTO: 'onwards', ...Object.fromEntries(inherited) },
  };
  const documents = environments.map((name) => ({
    kind: 'VirtualEnvironment',
    name,
    parent: 'base',
    vars: { TONE: name },
  }));
  return [base, ...documents].map((each) => JSON.stringify(each)).join('\n---\n');
}

async function benchWorkloads(places) {
  for (const { client, count } of places) {
    const { items } = await client.send('GET', deployments);
    const distinct = components - declaring + declaring * count;
    const verdict =
      items.length === distinct ? 'exactly the distinct ones' : `MISSED: ${distinct} are distinct`;
    console.log(`${count} environments over ${components} components: ${items.length} workloads, ${verdict}`);
  }
}

function setting(environment, assignment) {
  return ['env', 'set', '-e', environment, assignment];
}

async function benchCommands(fox, places) {
  const commands = {
    'fox plan': ({ environments }) => ['plan', 'v1', '--commit', 'HEAD', '-e', environments[0]],
    'fox env list': () => ['env', 'list'],
    'fox env set, per request': ({ environments }, round) => setting(environments[0], `GREETING=${round}`),
    'fox env set, per request, of the parent of all': (_, round) => setting('base', `MOTTO=${round}`),
    [`fox env set, per process: ${declaring} workloads`]: ({ environments }, round) =>
      setting(environments[0], `TONE=${round}`),
  };
  for (const [name, command] of Object.entries(commands)) {
    const times = places.map(() => []);
    for (let round = 0; round < 8; round++) {
      for (const [index, place] of places.entries()) {
        const args = [node, fox, ...command(place, `round-${round}`), '--quiet'];
        const time = await timeOf(args, { cwd: place.cwd });
        if (round > 0) times[index].push(time);
      }
    }
    const [one, more] = times.map((each) => quantile(each, 0.5));
    reportBoth(name, one, more);
  }
}

/** A measure in milliseconds with one and with many environments. */
function reportBoth(name, one, more) {
  report(`${name}, ${many} environments`, more, [`with 1 (${one.toFixed(1)} ms)`, one]);
}

async function benchRouters(places) {
  const routers = [];
  try {
    for (const { kubeconfig } of places) routers.push(await startRouter(kubeconfig, 'bench'));
    const urls = places.map(({ environments }, index) =>
      environments.map((name) => `${routers[index].url}/?kf-dep=v1&kf-ve=${name}`),
    );
    const before = routers.map(({ pid }) => memoryOf(pid));
    const [one, more] = await compareThroughput(urls);
    console.log(
      `router throughput, requests over ${many} environments: ${more.toFixed(0)}/s, ${(more / one).toFixed(2)} × with 1 (${one.toFixed(0)}/s)`,
    );
    const after = routers.map(({ pid }) => memoryOf(pid));
    console.log(
      `router memory, ${many} environments: ${before[1].toFixed(0)} MB, ${after[1].toFixed(0)} MB after load; with 1: ${before[0].toFixed(0)} MB, ${after[0].toFixed(0)} MB`,
    );
    await benchTaking(places, urls);
  } finally {
    for (const { stop } of routers) await stop();
  }
}

/** From a change being sent to the cluster until a request shows it. */
async function benchTaking(places, urls) {
  const changes = {
    'its own': ({ environments }) => ({ name: environments.at(-1), variable: 'GREETING' }),
    "its parent's": () => ({ name: 'base', variable: 'MOTTO' }),
  };
  for (const [whose, changeOf] of Object.entries(changes)) {
    const times = places.map(() => []);
    for (let round = 0; round < 25; round++) {
      for (const [index, place] of places.entries()) {
        const { name, variable } = changeOf(place);
        const change = await changeTo(place, name, { [variable]: `round ${round}` });
        const time = await timeUntilTold(urls[index].at(-1), variable, `round ${round}`, change);
        if (round > 4) times[index].push(time);
      }
    }
    const [one, more] = times.map((each) => quantile(each, 0.5));
    reportBoth(`a router takes a variable in, ${whose}`, one, more);
  }
}

/** A write that gives an environment other values. */
async function changeTo({ client }, name, vars) {
  const { data } = await client.send('GET', `${maps}/fox-env-${name}`);
  const definition = JSON.parse(data.environment);
  const environment = JSON.stringify({ ...definition, vars: { ...definition.vars, ...vars } });
  const patch = { data: { environment } };
  return () => client.send('PATCH', `${maps}/fox-env-${name}`, patch, 'application/merge-patch+json');
}
