// Whatever several kubeconfig files say: fox takes from them what kubectl does.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { array, asyncProperty, assert, constantFrom, option, record } from 'fast-check';
import { expect, it } from 'vitest';
import { chooseKubernetes } from '../../src/cluster/connection/choose-cluster.ts';
import { hasProgram } from '../e2e/sandbox.ts';
import { KubeconfigHome } from '../unit/cluster/connection/kubeconfig-home.ts';

const execute = promisify(execFile);
const hasKubectl = await hasProgram('kubectl');

const name = constantFrom('a', 'b', 'c');
const file = record({
  clusters: array(
    record({ name, cluster: record({ server: constantFrom('https://x:1', 'https://y/path') }) }),
  ),
  users: array(record({ name, user: record({ token: constantFrom('s', 't') }) })),
  contexts: array(
    record({
      name,
      context: record(
        { cluster: name, user: name, namespace: constantFrom('n', 'm') },
        { requiredKeys: ['cluster', 'user'] },
      ),
    }),
  ),
  'current-context': option(name, { nil: '' }),
});

interface View {
  readonly contexts: readonly { name: string; context: { namespace?: string } }[];
  readonly clusters: readonly { cluster: { server: string } }[] | null;
  readonly users: readonly { user: { token: string } }[] | null;
}

/** What is used, or undefined where there is nothing whole to be used. */
async function kubectlSees(KUBECONFIG: string): Promise<unknown> {
  const line = ['config', 'view', '--minify', '--raw', '-o', 'json'];
  const env = { PATH: process.env['PATH'], KUBECONFIG };
  const stdout = await execute('kubectl', line, { env }).then(
    (ended) => ended.stdout,
    () => '{"contexts":[],"clusters":[],"users":[]}',
  );
  const { contexts, clusters, users } = JSON.parse(stdout) as View;
  const [context, cluster, user] = [contexts[0], clusters?.[0]?.cluster, users?.[0]?.user];
  if (context === undefined || cluster === undefined || user === undefined) return undefined;
  const { namespace = 'default' } = context.context;
  return [context.name, namespace, cluster.server, `Bearer ${user.token}`];
}

async function foxSees(KUBECONFIG: string): Promise<unknown> {
  try {
    const { context, namespace, connection } = await chooseKubernetes({ env: { KUBECONFIG } });
    const { headers } = await connection.options();
    return [context, namespace, connection.server, headers?.['authorization']];
  } catch {
    return undefined;
  }
}

/** Of a name that a file has twice, kubectl takes either. */
function once<T extends { readonly name: string }>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [item.name, item])).values()];
}

it.skipIf(!hasKubectl)('kubectl and fox agree on what is used', async () => {
  const home = await KubeconfigHome.create();
  try {
    const check = asyncProperty(array(file, { minLength: 1, maxLength: 3 }), async (files) => {
      const paths = await Promise.all(
        files.map(async (each, index) => {
          const { clusters, users, contexts } = each;
          const content = { ...each, clusters: once(clusters), users: once(users), contexts: once(contexts) };
          return home.write(`file-${index}`, content);
        }),
      );
      const KUBECONFIG = paths.join(':');
      expect(await foxSees(KUBECONFIG)).toEqual(await kubectlSees(KUBECONFIG));
    });
    await assert(check, { numRuns: 40 });
  } finally {
    await home.remove();
  }
});
