// The README's story of two teams on a real Kubernetes cluster: the same commands, judged by the pods' uids.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BackgroundFox, startInBackground } from './background-fox.ts';
import { type ShownCommand, shownCommands, Story, typeAll } from './readme-story.ts';
import { eventually, Sandbox } from './sandbox.ts';
import { base, hasTestCluster, kubeconfig, registry } from './test-cluster.ts';

const execute = promisify(execFile);

const isPossible = hasTestCluster('the story of two teams on Kubernetes');

const blocks = await shownCommands('Two teams, one cluster');
const cwd = 'shop';
const namespace = `fox-e2e-teams-${process.pid}`;

async function kubectl(...args: readonly string[]): Promise<string> {
  const { stdout } = await execute('kubectl', ['--kubeconfig', kubeconfig, '-n', namespace, ...args]);
  return stdout;
}

/** Uids of the pods of a component that aren't about to end. */
async function podsOf(component: string): Promise<string[]> {
  const listed = await kubectl('get', 'pods', '-l', `kubefox.io/component=${component}`, '-o', 'json');
  const { items } = JSON.parse(listed) as {
    items: { metadata: { uid: string; deletionTimestamp?: string } }[];
  };
  const staying = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return staying.map(({ metadata }) => metadata.uid).toSorted();
}

/** Without what only the embedded cluster has. */
function onKubernetes(block: readonly ShownCommand[] = []): ShownCommand[] {
  return block.filter(({ command }) => !/\.localhost:|^fox cluster /.test(command));
}

const inOrder = { sequential: true, shuffle: false, timeout: 300_000 } as const;

describe.runIf(isPossible)('two teams, one Kubernetes cluster', inOrder, () => {
  const env = {
    KUBECONFIG: kubeconfig,
    FOX_CONTEXT: '',
    FOX_NAMESPACE: namespace,
    FOX_REGISTRY: `${registry}/${namespace}`,
  };
  const before: Record<string, string[]> = {};
  let sandbox: Sandbox;
  let story: Story;
  let proxy: BackgroundFox | undefined;
  let url = '';

  beforeAll(async () => {
    sandbox = await Sandbox.create();
    const context = await execute('kubectl', ['--kubeconfig', kubeconfig, 'config', 'current-context']);
    env.FOX_CONTEXT = context.stdout.trim();
    await kubectl('create', 'namespace', namespace);
    story = await Story.begin(sandbox, { edge: () => Promise.resolve(url), env, hasProcessIds: false });
  }, 60_000);

  afterAll(async () => {
    proxy?.stop();
    await kubectl('delete', 'namespace', namespace, '--wait=false');
    await sandbox.remove();
  });

  it('both have the same version, on the same pods', async () => {
    const [init, ...others] = onKubernetes(blocks[0]);
    await typeAll(story, init === undefined ? [] : [init]);
    const config = `${cwd}/fox.config.yaml`;
    const text = await readFile(sandbox.path(config), 'utf8');
    await sandbox.write(config, text.replaceAll('node:24-slim', base));
    await sandbox.git(['commit', '--quiet', '--all', '--message', 'Our base'], cwd);
    const installed = await sandbox.fox(`install --base ${base}`, { cwd, env });
    expect(installed).toMatchObject({ code: 0 });
    proxy = startInBackground(sandbox, 'proxy 0 -o json', { cwd, env });
    ({ url } = JSON.parse(await proxy.line()) as { url: string });

    await typeAll(story, others);
    for (const component of ['order-ui', 'api-server', 'order-worker']) {
      before[component] = await podsOf(component);
      expect(before[component]).toHaveLength(1);
    }
  });

  it('what is sent with requests differs, and no pod does', async () => {
    await typeAll(story, onKubernetes(blocks[1]));
    for (const [component, uids] of Object.entries(before)) expect(await podsOf(component)).toEqual(uids);
  });

  it('what a process is given forks one component; a third inherits, and shares', async () => {
    await typeAll(story, [...onKubernetes(blocks[2]), ...onKubernetes(blocks[3])]);
    const servers = await podsOf('api-server');
    expect(servers).toHaveLength(2);
    expect(servers).toEqual(expect.arrayContaining(before['api-server'] ?? []));
    for (const component of ['order-ui', 'order-worker'])
      expect(await podsOf(component)).toEqual(before[component]);
  });

  it('a secret reaches the process that needs it, and no ConfigMap', async () => {
    await typeAll(story, onKubernetes(blocks[4]));
    const seen = await Promise.all(
      (await kubectl('get', 'deployments', '-l', 'kubefox.io/component=order-worker', '-o', 'name'))
        .trim()
        .split('\n')
        .map(async (each) => kubectl('exec', each, '--', 'sh', '-c', 'echo "key: $SIGNING_KEY"')),
    );
    expect(seen.toSorted()).toEqual(['key: \n', 'key: correct horse\n']);
    expect(await kubectl('get', 'configmaps,deployments,pods,events', '-o', 'json')).not.toMatch(
      /correct horse|Y29ycmVjdCBob3JzZQ/,
    );
  });

  it('deleting leaves only what others use', async () => {
    await typeAll(story, [...onKubernetes(blocks[5]), ...onKubernetes(blocks[6])]);
    expect(await podsOf('order-ui')).toEqual(before['order-ui']);
    await eventually(
      () => podsOf('api-server'),
      (uids) => uids.join() === before['api-server']?.join(),
    );
  });
});
