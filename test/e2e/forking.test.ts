// The Order App with components that forward the context, that don't, and that promise it and don't: versions never mix.
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { array, assert, asyncProperty, boolean, constantFrom, record } from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeployResult } from '../../src/actions/deploy.ts';
import type { StatusResult } from '../../src/actions/status.ts';
import { Sandbox } from './sandbox.ts';

interface Hop {
  readonly component: string;
  readonly release: string;
  readonly pid: number;
  readonly hops: readonly Hop[];
}

/** Turns a file of the template into what the story needs. */
type Rewrite = (text: string) => string;

const undeclared: Rewrite = (text) => text.replace(/^ *forwardsContext: true.*\n/gm, '');
const dropping: Rewrite = (text) => text.replace(/return \{ \.\.\.\(baggage .*;/, 'return {};');

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await Sandbox.create();
  for (const [step, template] of [
    ['v1', 'order-app'],
    ['v2', 'order-app/v2'],
    ['v3', 'order-app/v3'],
  ])
    await sandbox.json(`init template/${step} --template ${template}`);
});
const stories: string[] = [];
afterAll(async () => sandbox.remove(...stories));

/** Writes a step of the Order App and commits it under its name. */
async function commitStep(cwd: string, step: string, rewrite: Rewrite): Promise<void> {
  const from = sandbox.path('template', step);
  await cp(from, sandbox.path(cwd), {
    recursive: true,
    filter: (path) => !path.startsWith(join(from, '.git/')) && path !== join(from, '.git'),
  });
  for (const entry of await readdir(sandbox.path(cwd), { recursive: true })) {
    if (!/^(fox\.config\.yaml|components\/.*server\.js)$/.test(entry)) continue;
    const file = sandbox.path(cwd, entry);
    await writeFile(file, rewrite(await readFile(file, 'utf8')));
  }
  await sandbox.git(['add', '--all'], cwd);
  await sandbox.git(['commit', '-q', '-m', step], cwd);
  await sandbox.git(['tag', step], cwd);
}

/** Deploys the steps one after the other. @returns how many pods there are after each. */
async function tell(cwd: string, steps: readonly string[], rewrite: Rewrite): Promise<number[]> {
  stories.push(cwd);
  await sandbox.git(['init', '-q', '-b', 'main', cwd]);
  const pods: number[] = [];
  for (const step of steps) {
    await commitStep(cwd, step, rewrite);
    const { pods: planned } = await sandbox.json<DeployResult>(`deploy ${step}`, { cwd });
    const status = await sandbox.json<StatusResult>('status', { cwd });
    pods.push(status.workloads.flatMap((workload) => workload.pods).length);
    expect(planned.after).toBe(pods.at(-1));
  }
  return pods;
}

async function edgeOf(cwd: string): Promise<string> {
  return (await sandbox.json<StatusResult>('status', { cwd })).router.url ?? '';
}

async function chain(edge: string, path: string, query: string): Promise<Hop> {
  const response = await fetch(`${edge}${path}?${query}`);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${path}?${query} answered ${response.status}: ${text}`);
  return JSON.parse(text) as Hop;
}

/** `component release` over all hops, in the order of the calls. */
function answers({ component, release, hops }: Hop): string[] {
  return [`${component} ${release}`, ...hops.flatMap(answers)];
}

function pidsOf({ component, pid, hops }: Hop): [string, number][] {
  return [[component, pid], ...hops.flatMap(pidsOf)];
}

/** What each version must answer with, by path. */
const expected: Record<string, Record<string, string[]>> = {
  v1: { '/api': ['order-ui v1', 'api-server v1'], '/worker': ['order-worker v1', 'api-server v1'] },
  v2: { '/api': ['order-ui v1', 'api-server v2'], '/worker': ['order-worker v1', 'api-server v2'] },
  v3: {
    '/api': ['order-ui v3', 'api-server v2', 'review v3', 'api-server v2'],
    '/worker': ['order-worker v1', 'api-server v2'],
  },
};

const requests = array(
  record({
    version: constantFrom('v1', 'v2', 'v3'),
    path: constantFrom('/api', '/worker'),
    environment: constantFrom('default', 'team-a'),
    named: boolean(),
  }),
  { minLength: 40, maxLength: 80 },
);

describe.each([
  { title: 'that forwards the context', cwd: 'forwards', rewrite: (text: string) => text, pods: [3, 4, 6] },
  {
    title: 'that forwards nothing',
    cwd: 'forwards-nothing',
    rewrite: (text: string) => dropping(undeclared(text)),
    pods: [3, 6, 8],
  },
])('the Order App $title', ({ cwd, rewrite, pods }) => {
  let counted: number[];
  beforeAll(async () => {
    counted = await tell(cwd, ['v1', 'v2', 'v3'], rewrite);
    for (const version of ['v1', 'v2', 'v3'])
      await sandbox.json(`deploy ${version} --commit ${version} -e team-a`, { cwd });
  });

  it(`runs ${pods.join(', ')} pods`, async () => {
    expect(counted).toEqual(pods);
  });

  it('shares these pods with a further environment', async () => {
    const { workloads } = await sandbox.json<StatusResult>('status', { cwd });
    expect(workloads).toHaveLength(pods.at(-1) ?? 0);
  });

  it('never answers a version by the component of another one, however much is asked at once', async () => {
    const edge = await edgeOf(cwd);
    await assert(
      asyncProperty(requests, async (asked) => {
        const got = await Promise.all(
          asked.map(async ({ version, path, environment, named }) => {
            const name = named ? `order-app-${version}` : version;
            return answers(await chain(edge, path, `kf-dep=${name}&kf-ve=${environment}`));
          }),
        );
        expect(got).toEqual(asked.map(({ version, path }) => expected[version]?.[path]));
      }),
      { numRuns: 6 },
    );
  });

  it('has a pod of its own for whatever differs below it', async () => {
    const edge = await edgeOf(cwd);
    const pid = async (version: string, path: string) =>
      new Map(pidsOf(await chain(edge, path, `kf-dep=${version}`)));
    const ui = { v1: await pid('v1', '/api'), v2: await pid('v2', '/api') };
    const isShared = ui.v1.get('order-ui') === ui.v2.get('order-ui');
    expect(isShared).toBe(pods[1] === 4);
    const worker = { v2: await pid('v2', '/worker'), v3: await pid('v3', '/worker') };
    expect(worker.v2.get('order-worker')).toBe(worker.v3.get('order-worker'));
    expect(worker.v2.get('api-server')).toBe(ui.v2.get('api-server'));
  });
});

describe('the Order App that promises to forward the context and does not', () => {
  const cwd = 'promises';

  it('works while there is one answer, and is told who lost the context when there are two', async () => {
    expect(await tell(cwd, ['v1'], dropping)).toEqual([3]);
    const edge = await edgeOf(cwd);
    expect(answers(await chain(edge, '/api', 'kf-dep=v1'))).toEqual(expected['v1']?.['/api']);
    await commitStep(cwd, 'v2', dropping);
    await sandbox.json('deploy v2', { cwd });
    const response = await fetch(`${edge}/api?kf-dep=v1`);
    const { error } = (await response.json()) as { error: string };
    expect(response.status).toBe(502);
    expect(error).toContain('answered 421');
    for (const text of ['order-ui', 'api-server', 'v1', 'v2', 'forwardsContext'])
      expect(error).toContain(text);
  });
});
