// fox on a Kubernetes API beside kubectl: a deploy that changes nothing, calls to the API, calls to the registry, memory.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { writeApp } from './apps.mjs';
import { connect, connectionOf, plantWorkloads } from './cluster.mjs';
import { startCountingProxy } from './counting-proxy.mjs';
import { compare, outputOf, report } from './measure.mjs';
import { placementOn, startPretendedNode } from './pretended-node.mjs';

const node = process.execPath;
const given = process.env.FOX_TEST_KUBECONFIG;
const registry = process.env.FOX_TEST_REGISTRY;
const base = process.env.FOX_TEST_IMAGE ?? `${registry}/base/node:20`;
const workloads = Number(process.env.FOX_BENCH_WORKLOADS ?? 200);
const manyWorkloads = Number(process.env.FOX_BENCH_MANY_WORKLOADS ?? 1_000);

/**
 * Measures on the cluster of FOX_TEST_KUBECONFIG (with FOX_TEST_REGISTRY, and FOX_TEST_IMAGE in it), else on the embedded
 * one. `repository(name, size)` makes an app in a repository whose embedded cluster is stopped in the end.
 */
export async function benchKubernetes({ fox, directory, repository }) {
  const isReal = given !== undefined && registry !== undefined;
  console.log(
    isReal
      ? `on the cluster of FOX_TEST_KUBECONFIG; its pods run on a node that only pretends to`
      : 'on the embedded cluster, as FOX_TEST_KUBECONFIG and FOX_TEST_REGISTRY are not set',
  );
  const place = isReal ? await realPlace(fox, directory) : embeddedPlace(fox, repository);
  try {
    await benchDeploy(place);
    await benchCalls(place);
    await benchMemory(place);
    await benchPush(place);
  } finally {
    await place.stop();
  }
}

/** Namespaces of a real cluster, and a node for their pods. */
async function realPlace(fox, directory) {
  const client = connect(given);
  const name = `fox-bench-${process.pid}`;
  const context = parse(readFileSync(given, 'utf8'))['current-context'];
  const namespaces = [];
  const addNamespace = async (suffix) => {
    const namespace = `${name}${suffix}`;
    await client.send('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
    namespaces.push(namespace);
    return namespace;
  };
  const settings = { build: { image: base }, ...placementOn(name) };
  let made = 0;
  const open = async (components) => {
    made++;
    const namespace = await addNamespace(`-${made}`);
    const cwd = join(directory, namespace);
    writeApp(cwd, { components, settings, place: { registry: `${registry}/${name}` } });
    const env = { ...process.env, KUBECONFIG: given, FOX_CONTEXT: context, FOX_NAMESPACE: namespace };
    return {
      cwd,
      env,
      namespace,
      kubeconfig: given,
      client,
      proxied: (url) => proxiedKubeconfig(directory, url, env),
    };
  };
  let stopNode;
  return {
    fox,
    isReal: true,
    open,
    ready: async ({ cwd, env, namespace }) => {
      await outputOf([node, fox, 'install', '--base', base, '--timeout', '5m'], { cwd, env });
      stopNode = await startPretendedNode(client, name, namespace);
    },
    stop: async () => {
      for (const namespace of namespaces) await client.send('DELETE', `/api/v1/namespaces/${namespace}`);
      const left = async () => {
        const { items } = await client.send('GET', '/api/v1/namespaces');
        return items.some(({ metadata }) => namespaces.includes(metadata.name));
      };
      for (let tries = 0; tries < 300 && (await left()); tries++)
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      await stopNode?.();
      client.close();
    },
  };
}

/** A context that leads to the API by way of a proxy, which knows the credentials. */
function proxiedKubeconfig(directory, server, env) {
  const file = join(directory, 'proxied.json');
  const context = { name: 'proxied', context: { cluster: 'proxied', namespace: env.FOX_NAMESPACE } };
  const clusters = [{ name: 'proxied', cluster: { server } }];
  writeFileSync(file, JSON.stringify({ clusters, contexts: [context], 'current-context': 'proxied' }));
  return { ...env, KUBECONFIG: file, FOX_CONTEXT: 'proxied' };
}

/** An embedded cluster per app. */
function embeddedPlace(fox, repository) {
  let made = 0;
  const open = async (components) => {
    made++;
    const cwd = repository(`kubernetes-${made}`, { components });
    await outputOf([node, fox, 'cluster', 'start'], { cwd });
    const kubeconfig = (await outputOf([node, fox, 'cluster', 'kubeconfig'], { cwd })).trim();
    const proxied = (server) => {
      const text = readFileSync(kubeconfig, 'utf8');
      writeFileSync(kubeconfig, text.replace(/https:\/\/127\.0\.0\.1:\d+/, server));
      return process.env;
    };
    return { cwd, env: process.env, namespace: 'default', kubeconfig, client: connect(kubeconfig), proxied };
  };
  return { fox, isReal: false, open, ready: async () => undefined, stop: async () => undefined };
}

async function benchDeploy(place) {
  if (spawnSync('kubectl', ['version', '--client']).status !== 0) {
    console.log('no-op fox deploy: skipped, as its baseline kubectl is not installed');
    return;
  }
  const app = await place.open(workloads);
  const { cwd, env, kubeconfig, namespace } = app;
  await place.ready(app);
  await outputOf([node, place.fox, 'deploy', 'v1', '--timeout', '15m'], { cwd, env });
  const kubectl = ['kubectl', '--kubeconfig', kubeconfig, '--namespace', namespace];
  const options = { cwd, env };
  const [get, deploy, status] = await compare(
    [
      { command: [...kubectl, 'get', 'deployments'], options },
      { command: [node, place.fox, 'deploy', 'v1', '--quiet'], options },
      { command: [node, place.fox, 'status', '--quiet'], options },
    ],
    { rounds: 11 },
  );
  const baseline = ['kubectl get deployments', get];
  report(`no-op fox deploy, ${workloads} workloads`, deploy, baseline, 2);
  report('fox status', status, baseline);
  const copies = await copyDeployments(app);
  await outputOf([...kubectl, 'apply', '-f', copies.client], options);
  await outputOf([...kubectl, 'apply', '--server-side', '-f', copies.server], options);
  const names = ['kubectl apply', 'kubectl apply --server-side', 'kubectl diff'];
  const slow = await compare(
    [
      { command: [...kubectl, 'apply', '-f', copies.client], options },
      { command: [...kubectl, 'apply', '--server-side', '-f', copies.server], options },
      { command: [...kubectl, 'diff', '-f', copies.client], options },
    ],
    { rounds: 3, warmUp: 1 },
  );
  for (const [index, name] of names.entries()) {
    report(`${name}, as many unchanged Deployments`, slow[index], baseline);
    console.log(`  ${(slow[index] / deploy).toFixed(1)} × fox deploy`);
  }
}

/** The same Deployments without pods and without fox's labels, twice, as files for kubectl. */
async function copyDeployments({ client, namespace, cwd }) {
  const { items } = await client.send('GET', `/apis/apps/v1/namespaces/${namespace}/deployments`);
  const files = {};
  for (const by of ['client', 'server']) {
    const objects = items
      .filter(({ metadata }) => metadata.name.startsWith('bench-'))
      .map(({ metadata, spec }) => ({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: `${by}-${metadata.name}`, labels: metadata.labels },
        spec: { ...spec, replicas: 0 },
      }));
    const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
    files[by] = join(cwd, '..', `${by}.json`);
    writeFileSync(
      files[by],
      text
        .replaceAll('kubefox.io/', 'bench.example/')
        .replaceAll('"managed-by":"fox"', `"managed-by":"${by}"`),
    );
  }
  return files;
}

/** Calls to the Kubernetes API, which must not grow with the app. */
async function benchCalls(place) {
  for (const components of [1, 10, 100]) {
    const { cwd, kubeconfig, proxied } = await place.open(components);
    const proxy = await startCountingProxy(connectionOf(kubeconfig));
    const env = proxied(`http://${proxy.host}`);
    await outputOf([node, place.fox, 'plan', 'v1', '--quiet'], { cwd, env });
    const requests = proxy.take();
    console.log(
      `calls to the API of a plan, ${String(components).padStart(3)} components: ${requests.length}  ${counted(requests.map((request) => request.replace(/ .*\//, ' ')))}`,
    );
    proxy.close();
  }
}

/** How often each of them comes: `2 × GET`. */
function counted(texts) {
  const counts = new Map();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].map(([text, count]) => `${count} × ${text}`).join(', ');
}

/** The most memory that a command has had. */
async function benchMemory(place) {
  const app = await place.open(manyWorkloads);
  const { cwd, env, client, namespace } = app;
  const plan = JSON.parse(await outputOf([node, place.fox, 'plan', '-o', 'json'], { cwd, env }));
  await plantWorkloads(client, plan, namespace);
  const file = join(cwd, '..', 'memory.txt');
  const tell = `data:text/javascript,import{writeFileSync}from'node:fs';process.on('exit',()=>writeFileSync(${JSON.stringify(file)},String(process.resourceUsage().maxRSS)))`;
  for (const args of [['plan', 'main', '--commit', 'HEAD'], ['status'], ['versions']]) {
    await outputOf([node, '--import', tell, place.fox, ...args, '--quiet'], { cwd, env });
    const megabytes = Number(readFileSync(file, 'utf8')) / 1024;
    console.log(`memory of fox ${args[0]}, ${manyWorkloads} workloads: ${megabytes.toFixed(0)} MB`);
  }
}

/** Calls to the registry for an image that it has. */
async function benchPush(place) {
  if (!place.isReal) {
    console.log('calls to the registry: skipped, as FOX_TEST_REGISTRY is not set');
    return;
  }
  const { cwd, env } = await place.open(1);
  const proxy = await startCountingProxy({ server: `http://${registry}` });
  const config = readFileSync(join(cwd, 'fox.config.yaml'), 'utf8');
  writeFileSync(join(cwd, 'fox.config.yaml'), config.replace('"image"', '"base"'));
  spawnSync(
    'git',
    [
      '-c',
      'user.name=bench',
      '-c',
      'user.email=bench@localhost',
      'commit',
      '--quiet',
      '--all',
      '--message',
      'built',
    ],
    { cwd },
  );
  const options = { cwd, env: { ...env, FOX_REGISTRY: `${proxy.host}/fox-bench-${process.pid}` } };
  for (const which of ['new', 'unchanged']) {
    await outputOf([node, place.fox, 'build', '--quiet'], options);
    const requests = proxy.take();
    console.log(
      `calls to the registry for one ${which} image: ${requests.length}  ${counted(requests.map((request) => request.split(' ')[0]))}`,
    );
  }
  proxy.close();
}
