// One version in the environments of several teams: what is equal is shared, what differs runs apart, and nothing else changes.
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeployResult } from '../../src/actions/deploy.ts';
import type { ReleaseResult } from '../../src/actions/release.ts';
import type { StatusResult } from '../../src/actions/status.ts';
import type { ApiClient } from '../../src/cluster/api/api-client.ts';
import { clusterOf, tellingServer, toldBy } from './configured-app.ts';
import { flaws } from './refusal.ts';
import { startFox } from './running-fox.ts';
import { eventually, Sandbox } from './sandbox.ts';
import { SmallApp } from './small-app.ts';

let sandbox: Sandbox;
let app: SmallApp;
let cluster: { client: ApiClient; close: () => void };
/** Commit of v1. */
let first: string;

/** `web` forwards nothing and calls `api`, which calls `rates`; `docs` stands alone. */
const components = {
  web: {
    routes: ['PathPrefix(`/`)'],
    calls: ['api'],
    env: { THEME: { default: 'light' } },
  },
  api: { calls: ['rates'], forwardsContext: true },
  rates: { env: { CURRENCY: { required: true } } },
  docs: { routes: ['PathPrefix(`/docs`)'] },
};

beforeAll(async () => {
  sandbox = await Sandbox.create();
  app = await SmallApp.create(sandbox, 'shop');
  for (const [name, variables] of Object.entries({ web: ['THEME'], api: [], rates: ['CURRENCY'], docs: [] }))
    await app.write(`${name}/server.js`, tellingServer(...variables));
  await app.configure(components);
  first = await app.commit();
  await fox('env', 'set', '-e', 'default', '--create', 'CURRENCY=EUR');
  await fox('env', 'set', '-e', 'team-a', '--create', '--parent', 'default');
  await fox('env', 'set', '-e', 'team-b', '--create', '--parent', 'default', 'THEME=dark');
  await fox('env', 'set', '-e', 'team-c', '--create', '--parent', 'default', 'CURRENCY=USD');
  await app.json('deploy', 'v1');
  cluster = await clusterOf(app);
});
afterAll(async () => {
  cluster.close();
  await sandbox.remove(app.cwd);
});

/** Runs fox, which must succeed. */
async function fox(...args: readonly string[]) {
  const ended = await app.fox(...args);
  if (ended.code !== 0) throw new Error(`fox ${args.join(' ')} ended with ${ended.code}: ${ended.stderr}`);
  return ended;
}

const status = async () => app.json<StatusResult>('status');

/** Workloads by component of a version in an environment. */
async function componentsOf(version: string, environment: string): Promise<Readonly<Record<string, string>>> {
  const found = (await status()).versions.find(({ name }) => name === version);
  return found?.environments[environment]?.components ?? {};
}

/** Components that a version runs otherwise in one environment than in another. */
async function forks(version: string, one: string, other: string): Promise<string[]> {
  const [a, b] = [await componentsOf(version, one), await componentsOf(version, other)];
  return Object.keys(a)
    .filter((name) => a[name] !== b[name])
    .toSorted();
}

async function podNames(): Promise<string[]> {
  return (await status()).workloads.flatMap(({ pods }) => pods.map(({ name }) => name)).toSorted();
}

/** Works on a branch that begins where v1 was taken; the work tree is as it was afterwards. */
async function onBranch(name: string, work: () => Promise<void>): Promise<void> {
  await app.sandbox.git(['checkout', '--quiet', '-b', name, first], app.cwd);
  try {
    await work();
  } finally {
    await app.sandbox.git(['checkout', '--quiet', '--force', 'main'], app.cwd);
  }
}

describe('a version in a second environment', { sequential: true, shuffle: false }, () => {
  it('needs no pods of its own where all that it declares is equal', async () => {
    const before = await podNames();
    const { workloads, pods } = await app.json<DeployResult>('deploy', 'v1', '-e', 'team-a');
    expect(workloads.create).toBe(0);
    expect(pods.after).toBe(pods.before);
    expect(await podNames()).toEqual(before);
    expect((await toldBy(app, 'v1', 'team-a')).pid).toBe((await toldBy(app, 'v1', 'default')).pid);
  });

  it('forks what declares a value that differs, and nothing else', async () => {
    const { workloads } = await app.json<DeployResult>('deploy', 'v1', '-e', 'team-b');
    expect(workloads.create).toBe(1);
    expect(await forks('v1', 'team-b', 'default')).toEqual(['web']);
    const [own, shared] = [await toldBy(app, 'v1', 'team-b'), await toldBy(app, 'v1', 'default')];
    expect(own.process).toEqual({ THEME: 'dark' });
    expect(own.callee?.callee?.pid).toBe(shared.callee?.callee?.pid);
  });

  it('forks callers that forward no context, too; one that forwards it is shared', async () => {
    await app.json('deploy', 'v1', '-e', 'team-c');
    expect(await forks('v1', 'team-c', 'default')).toEqual(['rates', 'web']);
    const told = await toldBy(app, 'v1', 'team-c');
    expect(told).toMatchObject({ process: { THEME: 'light' } });
    expect(await componentsOf('v1', 'team-c')).toMatchObject({
      api: (await componentsOf('v1', 'default'))['api'],
    });
  });

  it('is made by a release into an environment where it did not run, before the pointer moves', async () => {
    await fox('env', 'set', '-e', 'fresh', '--create', '--parent', 'default', 'THEME=fresh');
    expect(await app.json<ReleaseResult>('release', 'v1', '-e', 'fresh')).toMatchObject({ created: 1 });
    expect((await toldBy(app, 'v1', 'fresh')).process).toEqual({ THEME: 'fresh' });
    expect(await forks('v1', 'fresh', 'default')).toEqual(['web']);
  });

  it('leaves the pods of others alone when a value changes, and the old ones leave', async () => {
    const others = await toldBy(app, 'v1', 'default');
    const before = await componentsOf('v1', 'team-b');
    await fox('env', 'set', '-e', 'team-b', 'THEME=black');
    expect((await toldBy(app, 'v1', 'team-b')).process).toEqual({ THEME: 'black' });
    expect(await toldBy(app, 'v1', 'default')).toEqual(others);
    const { workloads } = await status();
    expect(workloads.map(({ hash }) => hash)).not.toContain(before['web']);
  });
});

const whereTogether = ['soon', 'late'];

/** What a branch answers in both environments. */
async function toldTogether() {
  return Promise.all(whereTogether.map((each) => toldBy(app, 'feature', each)));
}

/** Whether a pod of `web` is ready that no version has yet. */
async function isHalfReady(): Promise<boolean> {
  return (await status()).workloads.some(
    ({ versions, component, ready }) => versions.length === 0 && component === 'web' && ready > 0,
  );
}

/** A branch in two environments, of which the second is ready later: when the gate opens. */
async function switchesTogether(): Promise<void> {
  const gate = sandbox.path('gate');
  for (const name of whereTogether) {
    await fox('env', 'set', '-e', name, '--create', '--parent', 'default', `THEME=${name}`);
    await app.json('deploy', '-e', name);
  }
  const before = await toldTogether();
  const isOpen = `env.THEME === 'soon' || require('fs').existsSync(${JSON.stringify(gate)})`;
  const listen = `const wait = () => (${isOpen} ? server.listen(env.PORT) : setTimeout(wait, 20)); wait();`;
  await app.write(
    'web/server.js',
    tellingServer('THEME').replace('server.listen(env.PORT);', () => listen),
  );
  await app.commit();
  const deploying = startFox(app, 'deploy', '-e', 'soon');
  await deploying.says('Waiting for web');
  await eventually(isHalfReady, (is) => is);
  expect(await toldTogether()).toEqual(before);
  await writeFile(gate, '');
  expect(await deploying.ended).toMatchObject({ code: 0 });
  const after = await toldTogether();
  expect(after.map(({ process }) => process['THEME'])).toEqual(whereTogether);
  for (const [index, { pid }] of after.entries()) expect(pid).not.toBe(before[index]?.pid);
}

/** A branch that is released where the policy has become stable since. */
async function refusesChange(): Promise<void> {
  await fox('env', 'set', '-e', 'strict', '--create', '--parent', 'default');
  await app.json('deploy', '-e', 'strict');
  await app.json('release', 'hotfix', '-e', 'strict');
  await fox('env', 'set', '-e', 'strict', '--policy', 'stable');
  const before = await toldBy(app, 'hotfix', 'strict');
  await app.write('docs/server.js', `${tellingServer()}// changed`);
  await app.commit();
  const refused = await app.fox('deploy', '-e', 'strict');
  expect(flaws(refused, 5, 'shop hotfix is released in strict', 'the policy of strict is stable')).toEqual(
    [],
  );
  expect(await toldBy(app, 'hotfix', 'strict')).toEqual(before);
}

describe('a version that follows a branch and runs in several environments', () => {
  it('is ready in all of them before any switches', async () => {
    await onBranch('feature', switchesTogether);
  });

  it('is not changed where it is released and only named versions may', async () => {
    await onBranch('hotfix', refusesChange);
  });
});

/** A branch that declares more than an environment has. */
async function listsAll(): Promise<void> {
  await fox('env', 'set', '-e', 'lacking', '--create', 'PAGES=many');
  await app.configure({
    ...components,
    docs: {
      ...components.docs,
      env: { PAGES: { type: 'number', required: true } },
      secrets: ['TOKEN'],
      build: { command: 'echo built > /dev/stderr; exit 1' },
      routes: ['PathPrefix(`/docs/{{.Vars.LOCALE}}`)'],
    },
  });
  await app.commit();
  const refused = await app.fox('deploy', 'lacking', '-e', 'lacking');
  expect(
    flaws(
      refused,
      5,
      'components.rates.env.CURRENCY is required but has no value in virtual environment lacking',
      'components.docs.env.PAGES must be of type number, not string',
      'components.docs.secrets.TOKEN is a secret that has no value',
      'components.docs.routes.0.env.LOCALE is required but has no value',
      'fox env set -e lacking CURRENCY=… LOCALE=…',
      'fox env set -e lacking PAGES=…',
      '--secret TOKEN',
    ),
  ).toEqual([]);
  expect(refused.stderr).not.toContain('built');
  expect((await status()).versions.map(({ name }) => name)).not.toContain('lacking');
}

describe('what an environment lacks', () => {
  it('is listed whole before anything is built, with the command that sets it', async () => {
    await onBranch('lacking', listsAll);
  });

  it('is told of one that does not exist yet, and none is made', async () => {
    for (const command of [
      ['deploy', 'v1', '-e', 'new'],
      ['release', 'v1', '-e', 'new'],
    ])
      expect(
        flaws(
          await app.fox(...command),
          5,
          'components.rates.env.CURRENCY is required but has no value',
          'fox env set -e new --create CURRENCY=…',
        ),
      ).toEqual([]);
    expect(await cluster.client.get('configmaps', 'fox-env-new')).toBeUndefined();
  });

  it('and what nothing uses is told, too', async () => {
    await fox('env', 'set', '-e', 'more', '--create', '--parent', 'default', 'UNUSED=1', 'THEME=more');
    const ended = await fox('deploy', 'v1', '-e', 'more');
    expect(ended.stderr).toContain('has values that no version of any app declares: vars.UNUSED');
    expect(ended.stderr).not.toContain('vars.THEME');
  });
});

describe('an environment whose parent somebody has removed', () => {
  it('is refused with the commands that mend it, and they do', async () => {
    await fox('env', 'set', '-e', 'mother', '--create', '--parent', 'default');
    await fox('env', 'set', '-e', 'orphan', '--create', '--parent', 'mother');
    await app.json('deploy', 'v1', '-e', 'orphan');
    const before = await podNames();
    await cluster.client.delete('configmaps', 'fox-env-mother');
    for (const command of [
      ['deploy', 'v1', '-e', 'orphan'],
      ['release', 'v1', '-e', 'orphan'],
    ])
      expect(
        flaws(
          await app.fox(...command),
          5,
          "virtual environment orphan can't be used: its parent mother doesn't exist",
          '`fox env set -e mother --create`',
          '`fox env set -e orphan --no-parent`',
        ),
      ).toEqual([]);
    expect(flaws(await app.fox('prune'), 5, "virtual environment orphan can't be used")).toEqual([]);
    expect(await podNames()).toEqual(before);
    await fox('env', 'set', '-e', 'mother', '--create', '--parent', 'default');
    expect(await app.json<DeployResult>('deploy', 'v1', '-e', 'orphan')).toMatchObject({ unchanged: true });
    await fox('prune');
  });
});
