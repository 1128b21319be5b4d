// The story of the Order App on a real Kubernetes cluster with a real registry: installed, told, upgraded, uninstalled.
import { execFile } from 'node:child_process';
import { cp, readFile, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { DeployResult } from '../../src/actions/deploy.ts';
import type { ReleaseResult } from '../../src/actions/release.ts';
import type { StatusResult } from '../../src/actions/status.ts';
import { type BackgroundFox, startInBackground } from './background-fox.ts';
import { eventually, Sandbox } from './sandbox.ts';
import { base, hasTestCluster, kubeconfig, registry } from './test-cluster.ts';

const execute = promisify(execFile);

const isPossible = hasTestCluster('the story on Kubernetes');

async function kubectl(...args: readonly string[]): Promise<string> {
  const { stdout } = await execute('kubectl', ['--kubeconfig', kubeconfig, ...args], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
}

interface Chain {
  readonly component: string;
  readonly release: string;
  readonly hops: readonly Chain[];
}

/** Component → release over all hops. */
function answers(root: Chain): Record<string, string> {
  return Object.assign({ [root.component]: root.release }, ...root.hops.map(answers)) as Record<
    string,
    string
  >;
}

const template = fileURLToPath(new URL('../../templates/order-app', import.meta.url));
const v1 = { 'order-ui': 'v1', 'api-server': 'v1' };
const v2 = { 'order-ui': 'v1', 'api-server': 'v2' };
const v3 = { 'order-ui': 'v3', 'api-server': 'v2', review: 'v3' };

/** Asks the router from inside the cluster, as a load balancer would, and prints what fails, and every hundredth success. */
const loadScript = `
let answered = 0;
const ask = async () => {
  for (;;) {
    try {
      const response = await fetch('http://fox-router/api?kf-ve=team-a');
      const text = await response.text();
      if (response.status !== 200) console.log(response.status, text);
      else if (++answered % 100 === 0) console.log(answered, 'answered');
    } catch (error) {
      console.log('failed', String(error.cause ?? error));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
};
for (let i = 0; i < 4; i++) ask();
`;

/** How components are built, and what that needs in each component's directory. */
const builds = {
  'the built-in builder': { build: { base }, dockerfile: undefined },
  Dockerfiles: {
    build: { dockerfile: 'Dockerfile' },
    dockerfile: `FROM ${base}\nWORKDIR /srv\nCOPY . .\nCMD ["node", "server.js"]\n`,
  },
};

const inOrder = { sequential: true, shuffle: false, timeout: 300_000 } as const;

describe.each(Object.entries(builds))('with %s', (_, { build, dockerfile }) => {
  describe.runIf(isPossible)('the Order App on Kubernetes', inOrder, () => {
    const cwd = 'shop';
    const namespace = `fox-e2e-${process.pid}-${dockerfile === undefined ? 'tree' : 'file'}`;
    const env = { KUBECONFIG: kubeconfig };
    let sandbox: Sandbox;
    let proxy: BackgroundFox | undefined;
    let url = '';

    async function fox<T>(args: string): Promise<T> {
      const ended = await sandbox.fox(`${args} -o json`, { cwd, env });
      expect(ended).toMatchObject({ code: 0 });
      return JSON.parse(ended.stdout) as T;
    }

    /** The template's files of a step, with what a Kubernetes cluster needs beside them. */
    async function commitStep(step: string): Promise<void> {
      const directory = sandbox.path(cwd);
      await cp(`${template}/${step}`, directory, { recursive: true });
      await rename(sandbox.path(cwd, 'gitignore'), sandbox.path(cwd, '.gitignore')).catch(() => undefined);
      const file = sandbox.path(cwd, 'fox.config.yaml');
      const config = parse(await readFile(file, 'utf8')) as {
        components: Record<string, { path: string; build?: object; command?: unknown }>;
      };
      for (const component of Object.values(config.components)) {
        component.build = build;
        if (dockerfile === undefined) continue;
        delete component.command;
        await writeFile(sandbox.path(cwd, component.path, 'Dockerfile'), dockerfile);
      }
      const place = { cluster: { namespace }, registry: `${registry}/${namespace}` };
      await writeFile(file, stringify({ ...config, ...place }));
      await sandbox.git(['add', '--all'], cwd);
      await sandbox.git(['commit', '--quiet', '--message', step], cwd);
    }

    async function chain(query: string): Promise<Chain> {
      const response = await fetch(`${url}/api?${query}`);
      const text = await response.text();
      expect(`${query}: ${response.status} ${text}`).toContain(`${query}: 200`);
      return JSON.parse(text) as Chain;
    }

    /** Names of what fox has made and not removed. */
    async function leftovers(): Promise<string> {
      const kinds =
        'deployments,services,configmaps,serviceaccounts,roles,rolebindings,leases,poddisruptionbudgets';
      const fromFox = '--selector=app.kubernetes.io/managed-by=fox';
      return kubectl('-n', namespace, 'get', kinds, fromFox, '--output=name');
    }

    async function podNames(): Promise<string[]> {
      const listed = await kubectl('-n', namespace, 'get', 'pods', '-l', 'kubefox.io/hash', '-o', 'name');
      return listed.trim().split('\n').toSorted();
    }

    beforeAll(async () => {
      sandbox = await Sandbox.create();
      await kubectl('create', 'namespace', namespace);
      await sandbox.git(['init', '--quiet', '--initial-branch=main', cwd]);
      await commitStep('v1');
    }, 60_000);

    afterAll(async () => {
      proxy?.stop();
      await kubectl('delete', 'namespace', namespace, '--wait=false');
      await sandbox.remove();
    });

    it('says that there is no router, and installs one', async () => {
      const refused = await sandbox.fox('deploy v1', { cwd, env });
      expect(refused.code).toBe(3);
      expect(refused.stderr).toContain('fox install');
      await fox(`install --base ${base}`);
      const ready = await kubectl(
        '-n',
        namespace,
        'get',
        'deployment',
        'fox-router',
        '-o',
        'jsonpath={.status.readyReplicas}',
      );
      expect(ready).toBe('2');
    });

    it('is reached by fox proxy', async () => {
      proxy = startInBackground(sandbox, 'proxy 0 -o json', { cwd, env });
      ({ url } = JSON.parse(await proxy.line()) as { url: string });
      expect((await fetch(url)).status).toBe(404);
    });

    it('runs three pods for v1', async () => {
      expect(await fox<DeployResult>('deploy v1')).toMatchObject({
        builds: 3,
        workloads: { create: 3, keep: 0 },
        pods: { before: 0, after: 3 },
      });
      expect(await podNames()).toHaveLength(3);
      expect(answers(await chain('kf-dep=v1'))).toEqual(v1);
    });

    it('does nothing when it is deployed again', async () => {
      const before = await podNames();
      expect(await fox<DeployResult>('deploy v1')).toMatchObject({ unchanged: true, builds: 0 });
      expect(await podNames()).toEqual(before);
    });

    it('adds only what v2 and v3 change', async () => {
      const first = await podNames();
      await commitStep('v2');
      expect(await fox<DeployResult>('deploy v2')).toMatchObject({
        builds: 1,
        pods: { before: 3, after: 4 },
      });
      const second = await podNames();
      await commitStep('v3');
      expect(await fox<DeployResult>('deploy v3')).toMatchObject({
        builds: 2,
        pods: { before: 4, after: 6 },
      });
      expect(second).toEqual(expect.arrayContaining(first));
      expect(await podNames()).toEqual(expect.arrayContaining(second));
    });

    it('answers each version by its own components on every hop', async () => {
      for (let round = 0; round < 10; round++) {
        const all = await Promise.all(['kf-dep=v1', 'kf-dep=order-app-v2', 'kf-dep=v3'].map(chain));
        expect(all.map(answers)).toEqual([v1, v2, v3]);
      }
    });

    it('finds every image in the registry from a machine that never built one', async () => {
      await sandbox.git(['clone', '--quiet', cwd, 'clone']);
      const ended = await sandbox.fox('plan v3 --namespace default -o json', { cwd: 'clone', env });
      expect(JSON.parse(ended.stdout)).toMatchObject({ builds: 0, workloads: { create: 4, keep: 0 } });
    });

    it('releases and rolls back at once, on all routers', async () => {
      expect(await fox<ReleaseResult>('release v2 --virtual-env team-a')).toMatchObject({
        routers: { acked: 2, total: 2 },
      });
      expect(answers(await chain('kf-ve=team-a'))).toEqual(v2);
      await fox<ReleaseResult>('release v3 -e team-a');
      expect(answers(await chain('kf-ve=team-a'))).toEqual(v3);
      await fox<ReleaseResult>('rollback -e team-a');
      expect(answers(await chain('kf-ve=team-a'))).toEqual(v2);
    });

    it('names the cause of a version that does not start, and keeps its pod', async () => {
      const file = sandbox.path(cwd, 'components/api-server/server.js');
      const source = await readFile(file, 'utf8');
      await writeFile(file, 'console.log("no coffee today"); process.exit(3);\n');
      await sandbox.git(['commit', '--all', '--quiet', '--message', 'broken'], cwd);
      const ended = await sandbox.fox('deploy broken', { cwd, env });
      expect(ended.code).toBe(1);
      expect(ended.stderr).toContain('api-server');
      expect(ended.stderr).toContain('no coffee today');
      const { versions } = await fox<StatusResult>('status');
      expect(versions.map(({ name }) => name)).toEqual(['v1', 'v2', 'v3']);
      await writeFile(file, source);
      await sandbox.git(['commit', '--all', '--quiet', '--message', 'mended'], cwd);
      await fox('prune');
    });

    it('loses no request when it is installed again', async () => {
      const pod = { name: 'load', image: base, command: ['node', '-e', loadScript] };
      const overrides = { spec: { terminationGracePeriodSeconds: 0, containers: [pod] } };
      await kubectl(
        '-n',
        namespace,
        'run',
        'load',
        `--image=${base}`,
        `--overrides=${JSON.stringify(overrides)}`,
      );
      const log = async () => kubectl('-n', namespace, 'logs', 'load').catch(() => '');
      const before = await eventually(log, (text) => text.includes('answered'), 120_000);
      await kubectl('-n', namespace, 'rollout', 'restart', 'deployment/fox-router');
      await fox(`install --base ${base}`);
      await eventually(log, (text) => text.length > before.length, 60_000);
      const lines = (await log()).trim().split('\n');
      expect(lines.filter((line) => !line.includes('answered'))).toEqual([]);
    });

    it('goes on answering when all routers die', async () => {
      const routers = ['pod', '-l', 'app.kubernetes.io/name=fox-router'];
      await kubectl('-n', namespace, 'delete', ...routers, '--wait=false');
      await eventually(
        async () => (await fetch(`${url}/api?kf-ve=team-a`).catch(() => undefined))?.status,
        (status) => status === 200,
        120_000,
      );
      expect(answers(await chain('kf-ve=team-a'))).toEqual(v2);
    });

    it('removes what nothing uses, and leaves nothing of itself', async () => {
      await fox('delete v1 --yes');
      expect((await fetch(`${url}/?kf-dep=v1`)).status).toBe(404);
      expect(answers(await chain('kf-ve=team-a'))).toEqual(v2);
      proxy?.stop();
      await fox('uninstall --yes');
      // What belongs to pods goes with them.
      await eventually(leftovers, (names) => names === '', 60_000);
    });
  });
});
