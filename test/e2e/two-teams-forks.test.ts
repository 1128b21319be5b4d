// One version in the environments of several teams: what is equal is shared, what differs runs apart, and nothing else changes.
import { rm, writeFile } from 'node:fs/promises';
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
  await app.commit();
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

describe('a version that follows a branch and runs in several environments', () => {
  it('is ready in all of them before any switches', async () => {
    const gate = sandbox.path('gate');
    await writeFile(gate, '');
    const branch = 'feature';
    await app.sandbox.git(['checkout', '--quiet', '-b', branch], app.cwd);
    await app.json('deploy', '-e', 'team-a');
    await app.json('deploy', '-e', 'team-b');
    const before = await Promise.all(['team-a', 'team-b'].map((each) => toldBy(app, branch, each)));
    // The new one starts in team-a at once; in team-b it waits for the gate.
    await rm(gate);
    const waiting = `const wait = setInterval(() => { if (process.env.THEME === 'light' || require('fs').existsSync(${JSON.stringify(gate)})) { clearInterval(wait); server.listen(env.PORT); } }, 20);`;
    await app.write('web/server.js', tellingServer('THEME').replace('server.listen(env.PORT);', waiting));
    await app.commit();
    const deploying = startFox(app, 'deploy', '-e', 'team-a');
    await deploying.says('Waiting for web');
    const isHalfReady = async () =>
      (await status()).workloads.some(
        ({ versions, component, ready }) => versions.length === 0 && component === 'web' && ready > 0,
      );
    await eventually(isHalfReady, (is) => is);
    expect(await Promise.all(['team-a', 'team-b'].map((each) => toldBy(app, branch, each)))).toEqual(before);
    await writeFile(gate, '');
    expect(await deploying.ended).toMatchObject({ code: 0 });
    const after = await Promise.all(['team-a', 'team-b'].map((each) => toldBy(app, branch, each)));
    expect(after.map(({ process }) => process['THEME'])).toEqual(
      before.map(({ process }) => process['THEME']),
    );
    expect(after.map(({ pid }) => pid)).not.toEqual(before.map(({ pid }) => pid));
    await app.sandbox.git(['checkout', '--quiet', 'main'], app.cwd);
  });

  it('is not changed where it is released and only named versions may', async () => {
    await app.sandbox.git(['checkout', '--quiet', '-b', 'hotfix'], app.cwd);
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
    await app.sandbox.git(['checkout', '--quiet', 'main'], app.cwd);
  });
});

describe('what an environment lacks', () => {
  it('is listed whole before anything is built, with the command that sets it', async () => {
    await app.sandbox.git(['checkout', '--quiet', '-b', 'lacking'], app.cwd);
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
    await fox('env', 'set', '-e', 'lacking', '--create', 'PAGES=many');
    const refused = await app.fox('deploy', 'lacking', '-e', 'lacking');
    expect(
      flaws(
        refused,
        5,
        'components.rates.env.CURRENCY is required but has no value in virtual environment lacking',
        'components.docs.env.PAGES must be of type number, not string',
        'components.docs.secrets.TOKEN is a secret that has no value',
        'components.docs.routes.0.env.LOCALE is required but has no value',
        'fox env set -e lacking CURRENCY=… PAGES=… LOCALE=…',
        '--secret TOKEN',
      ),
    ).toEqual([]);
    expect(refused.stderr).not.toContain('built');
    expect((await status()).versions.map(({ name }) => name)).not.toContain('lacking');
    await app.sandbox.git(['checkout', '--quiet', 'main'], app.cwd);
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
