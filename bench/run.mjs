// `npm run bench`: medians, and ratios against a baseline in the same run. Nothing here is a test.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeApp } from './apps.mjs';
import { connect, plantWorkloads } from './cluster.mjs';
import { benchEnvironments } from './environments.mjs';
import { measureFlips } from './flip.mjs';
import { benchKubernetes } from './kubernetes.mjs';
import { compare, outputOf, report } from './measure.mjs';
import { benchProxies } from './proxies.mjs';

const node = process.execPath;
const fox = fileURLToPath(new URL('../bin/fox.js', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'fox-bench-'));
const repositories = [];

async function kubeconfigOf(cwd) {
  await outputOf([node, fox, 'cluster', 'start'], { cwd });
  return (await outputOf([node, fox, 'cluster', 'kubeconfig'], { cwd })).trim();
}

function repository(name, size) {
  const cwd = join(directory, name);
  writeApp(cwd, size);
  repositories.push(cwd);
  return cwd;
}

async function benchVersion() {
  const [empty, version] = await compare([
    { command: [node, '-e', '0'] },
    { command: [node, fox, '--version'] },
  ]);
  console.log(`${'node -e 0'.padEnd(58)} ${empty.toFixed(1).padStart(8)} ms`);
  report('fox --version', version, ['node -e 0', empty], 1.6);
}

/** A plan of an app that runs, without the check for uncommitted files (--commit), and with it. */
async function benchPlan(components, files) {
  const cwd = repository(`plan-${components}-${files}`, { components, files });
  const client = connect(await kubeconfigOf(cwd));
  await plantWorkloads(client, JSON.parse(await outputOf([node, fox, 'plan', '-o', 'json'], { cwd })));
  client.close();
  const [empty, alone, checked] = await compare([
    { command: [node, '-e', '0'] },
    { command: [node, fox, 'plan', 'main', '--commit', 'HEAD', '--quiet'], options: { cwd } },
    { command: [node, fox, 'plan', 'main', '--quiet'], options: { cwd } },
  ]);
  const name = `no-op fox plan, ${components} components, ${files} other files`;
  report(name, alone, ['node -e 0', empty], components === 100 ? 3 : undefined);
  report('  with the clean-tree check', checked, ['node -e 0', empty]);
  await outputOf([node, fox, 'cluster', 'stop'], { cwd });
}

async function benchFlip() {
  const cwd = join(directory, 'flip');
  await outputOf([node, fox, 'init', cwd, '--template', 'order-app']);
  repositories.push(cwd);
  await outputOf([node, fox, 'deploy', 'v1'], { cwd });
  await outputOf([node, fox, 'deploy', 'v2'], { cwd });
  const results = [];
  for (const version of ['v1', 'v2'])
    results.push(JSON.parse(await outputOf([node, fox, 'release', version, '-o', 'json'], { cwd })));
  const client = connect(await kubeconfigOf(cwd));
  const { data } = await client.send('GET', '/api/v1/namespaces/default/configmaps/fox-releases');
  const key = 'default.order-app';
  const current = JSON.parse(data[key]);
  const { router } = JSON.parse(await outputOf([node, fox, 'status', '-o', 'json'], { cwd }));
  const records = ['v1', 'v2'].map((version) => ({ ...current, version }));
  const { median, p99, requests, failed } = await measureFlips(client, router.url, key, records);
  client.close();
  console.log(
    `release flip under load: median ${median.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms (budget 50), ${failed} of ${requests} requests failed (budget 0)`,
  );
  console.log(`  as fox release told it: ${results.map(({ flipMs }) => `${flipMs} ms`).join(', ')}`);
}

const benches = {
  version: benchVersion,
  plan: async () => {
    for (const components of [10, 100, 1_000]) await benchPlan(components, 0);
    for (const files of [1_000, 50_000]) await benchPlan(100, files);
  },
  kubernetes: () => benchKubernetes({ fox, directory, repository }),
  environments: () => benchEnvironments({ fox, repository }),
  flip: benchFlip,
  proxies: () => benchProxies({ directory }),
};

// `npm run bench -- plan flip` runs some of them.
const chosen = process.argv.slice(2);
try {
  for (const [name, bench] of Object.entries(benches)) {
    if (chosen.length === 0 || chosen.includes(name)) await bench();
  }
} finally {
  for (const cwd of repositories) spawnSync(node, [fox, 'cluster', 'stop', '--quiet'], { cwd });
  rmSync(directory, { recursive: true, force: true });
}
