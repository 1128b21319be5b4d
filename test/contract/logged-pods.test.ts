// Which pods `fox logs` takes, where a version has pods of its own in each virtual environment.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type PodChoice, selectLoggedPods } from '../../src/actions/logs/logged-pods.ts';
import { Namespace } from '../../src/cluster/namespace.ts';
import { environmentObject } from '../../src/cluster/objects/environment-object.ts';
import { versionObject } from '../../src/cluster/objects/version-object.ts';
import { workloadObject } from '../../src/cluster/objects/workload-object.ts';
import { label, shortHash } from '../../src/core/labels.ts';
import { workloadsOf } from '../../src/core/version/workload.ts';
import { podSample } from '../unit/cluster/rollout/pod-sample.ts';
import { manifestOf } from '../unit/core/version/identity-fixture.ts';
import { ScriptedKubernetes } from './scripted-kubernetes.ts';

let api: ScriptedKubernetes;
let connected: ReturnType<ScriptedKubernetes['client']>;

beforeEach(async () => {
  api = new ScriptedKubernetes();
  await api.start();
  connected = api.client();
});
afterEach(async () => {
  connected.close();
  await api.stop();
});

const environments = [
  { name: 'default', vars: { COLOR: 'red' } },
  { name: 'dev', vars: { COLOR: 'blue' } },
];

/** A version with a pod in each of the environments, named `<version>-<environment>`. */
function deploy(version: string, source: string): void {
  const env = { COLOR: { type: 'string', required: true } } as const;
  const manifest = manifestOf(version, { web: { source, env } });
  api.put('configmaps', versionObject(manifest, ['default', 'dev']));
  for (const environment of environments) {
    const workload = workloadsOf(manifest, environment).get('web');
    if (workload === undefined) throw new Error('the version has a component web');
    const origin = { version, commit: manifest.commit };
    api.put('deployments', workloadObject(workload, origin, { image: 'registry/shop:1' }));
    const pod = podSample({ name: `${version}-${environment.name}` });
    const labels = { ...pod.metadata?.labels, [label.hash]: shortHash(workload.hash) };
    api.put('pods', { ...pod, metadata: { ...pod.metadata, labels } });
  }
}

test.each<[PodChoice, string[]]>([
  [{}, ['v1-default', 'v1-dev', 'v2-default', 'v2-dev']],
  [{ version: 'v1' }, ['v1-default', 'v1-dev']],
  [{ virtualEnv: 'dev' }, ['v1-dev', 'v2-dev']],
  [{ version: 'v2', virtualEnv: 'dev', component: 'web' }, ['v2-dev']],
])('%o', async (choice, names) => {
  for (const environment of environments) api.put('configmaps', environmentObject(environment, false));
  deploy('v1', '1');
  deploy('v2', '2');
  const namespace = new Namespace(connected.client, 'kubernetes');
  const { now } = await selectLoggedPods(choice, { app: 'shop' }, namespace);
  expect(now.map(({ name }) => name)).toEqual(names);
});
