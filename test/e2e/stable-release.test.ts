// A stable environment, as a story: what is released there stays what it is until somebody releases again.
import type { V1ConfigMap } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HistoryResult } from '../../src/actions/history.ts';
import type { PruneResult } from '../../src/actions/prune.ts';
import type { ReleaseResult } from '../../src/actions/release.ts';
import type { StatusResult } from '../../src/actions/status.ts';
import type { ApiClient } from '../../src/cluster/api/api-client.ts';
import { configurationObject } from '../../src/cluster/objects/configuration-object.ts';
import { clusterOf, tellingServer, type Told, toldBy } from './configured-app.ts';
import { flaws } from './refusal.ts';
import { startFox } from './running-fox.ts';
import { eventually, Sandbox } from './sandbox.ts';
import { SmallApp } from './small-app.ts';

let sandbox: Sandbox;
let app: SmallApp;
let cluster: { client: ApiClient; close: () => void };
let url: string;
/** Commit of v1. */
let first: string;

const web = {
  routes: ['PathPrefix(`/`)'],
  env: { THEME: { required: true }, GREETING: { bind: 'request', default: 'Hi' } },
};

beforeAll(async () => {
  sandbox = await Sandbox.create();
  app = await SmallApp.create(sandbox, 'shop');
  await app.write('web/server.js', tellingServer('THEME'));
  await app.configure({ web });
  first = await app.commit();
  await fox('cluster', 'start');
  await fox('env', 'set', '-e', 'default', '--create', 'THEME=plain');
  await fox('env', 'set', '-e', 'base', '--create', '--policy', 'stable', 'GREETING=Hello');
  await fox('env', 'set', '-e', 'prod', '--create', '--parent', 'base', 'THEME=dark', 'OTHER=1');
  await fox('deploy', 'v1');
  await fox('deploy', 'v1', '-e', 'prod');
  cluster = await clusterOf(app);
  url = (await app.json<StatusResult>('status')).router.url ?? '';
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

const release = async (version: string, environment = 'prod') =>
  app.json<ReleaseResult>('release', version, '-e', environment);

/** What plain traffic of an environment is told. */
async function plain(environment = 'prod'): Promise<Told> {
  return (await (await fetch(`${url}/?kf-ve=${environment}`)).json()) as Told;
}

/** Names of the configurations that the cluster keeps for an environment. */
async function kept(environment = 'prod'): Promise<string[]> {
  const { items } = await cluster.client.list<V1ConfigMap>('configmaps', {
    labelSelector: `kubefox.io/kind=configuration,kubefox.io/environment=${environment}`,
  });
  return items.flatMap(({ metadata }) => metadata?.name ?? []).toSorted();
}

async function workloads(): Promise<number> {
  return (await app.json<StatusResult>('status')).workloads.length;
}

describe('a stable environment', { sequential: true, shuffle: false }, () => {
  it('takes no version that can change, and says so with the way out', async () => {
    await fox('deploy');
    const refused = await app.fox('release', 'main', '-e', 'prod');
    expect(
      flaws(
        refused,
        5,
        'the policy of prod is stable, by inheritance',
        '--policy testing',
        'fox deploy <version>',
      ),
    ).toEqual([]);
    expect(await kept()).toEqual([]);
    expect((await fetch(`${url}/?kf-ve=prod`)).status).toBe(404);
  });

  it('is told nothing new of a release that only tries', async () => {
    const tried = await app.json<ReleaseResult>('release', 'v1', '-e', 'prod', '--dry-run');
    expect(tried).toMatchObject({ dryRun: true, revision: 1 });
    expect(tried.configuration).toMatch(/^[0-9a-f]{40}$/);
    expect(await kept()).toEqual([]);
  });

  it('keeps what it says when a version is released', async () => {
    expect(await release('v1')).toMatchObject({ revision: 1, unchanged: false });
    expect(await kept()).toEqual(['shop-config-prod-1']);
    expect(await plain()).toMatchObject({ process: { THEME: 'dark' }, request: { GREETING: 'Hello' } });
    expect(await release('v1')).toMatchObject({ revision: 1, unchanged: true });
  });

  it('changes nothing of that when it is edited, nor when its parent is', async () => {
    const before = await plain();
    await fox('env', 'set', '-e', 'prod', 'THEME=light');
    await fox('env', 'set', '-e', 'base', 'GREETING=Welcome');
    expect(await plain()).toEqual(before);
    expect(await toldBy(app, 'v1', 'prod')).toEqual(before);
  });

  it('is not released anew for what the version does not declare', async () => {
    await fox('env', 'set', '-e', 'prod', 'THEME=dark', 'OTHER=2');
    await fox('env', 'set', '-e', 'base', 'GREETING=Hello');
    const again = await app.fox('release', 'v1', '-e', 'prod');
    expect(again.stdout).toContain('nothing to do');
  });

  it('takes edits over with the next release, of the same version, too, and tells what they are', async () => {
    const before = await plain();
    await fox('env', 'set', '-e', 'prod', 'THEME=light');
    await fox('env', 'set', '-e', 'base', 'GREETING=Welcome');
    const told = await release('v1');
    expect(told).toMatchObject({ revision: 2, previous: 'v1', unchanged: false, created: 1 });
    expect(told.changes).toEqual([
      { name: 'vars.GREETING', before: 'Hello', after: 'Welcome' },
      { name: 'vars.THEME', before: 'dark', after: 'light' },
    ]);
    expect(await plain()).toMatchObject({ process: { THEME: 'light' }, request: { GREETING: 'Welcome' } });
    expect((await plain()).pid).not.toBe(before.pid);
    expect(await kept()).toEqual(['shop-config-prod-1', 'shop-config-prod-2']);
  });

  it('goes back to version and configuration at once: the pods are still there', async () => {
    const count = await workloads();
    expect(await app.json<ReleaseResult>('rollback', '-e', 'prod')).toMatchObject({
      revision: 3,
      version: 'v1',
      created: 0,
    });
    expect(await plain()).toMatchObject({ process: { THEME: 'dark' }, request: { GREETING: 'Hello' } });
    expect(await workloads()).toBe(count);
    const { items } = await app.json<HistoryResult>('history', '-e', 'prod');
    expect(items.map(({ configuration }) => configuration?.revision)).toEqual([1, 2, 1]);
    expect(items.every(({ configuration }) => configuration?.digest !== undefined)).toBe(true);
  });

  it('lets go of what no rollback returns to, and of the pods for it', async () => {
    await fox('env', 'set', '-e', 'prod', 'THEME=blue');
    const count = await workloads();
    expect(await release('v1')).toMatchObject({ revision: 4, created: 1 });
    expect(await kept()).toEqual(['shop-config-prod-1', 'shop-config-prod-4']);
    // That of revision 2 left, that of revision 4 came.
    expect(await workloads()).toBe(count);
    const { items } = await app.json<HistoryResult>('history', '-e', 'prod');
    expect(items[2]).toMatchObject({ revision: 2, configuration: { revision: 2 } });
    expect(items[2]?.configuration).not.toHaveProperty('digest');
  });

  it('keeps what is in force when its policy becomes testing, until the next release', async () => {
    await fox('env', 'set', '-e', 'prod', '--policy', 'testing', 'THEME=red');
    expect(await plain()).toMatchObject({ process: { THEME: 'blue' } });
    const told = await release('v1');
    expect(told).toMatchObject({ revision: 5, unchanged: false });
    expect(told).not.toHaveProperty('configuration');
    expect(await plain()).toMatchObject({ process: { THEME: 'red' } });
    await fox('env', 'set', '-e', 'prod', 'THEME=green');
    expect(await plain()).toMatchObject({ process: { THEME: 'green' } });
    expect(await kept()).toEqual(['shop-config-prod-4']);
  });

  it('gives a rollback from there what was released before, once more as it was', async () => {
    expect(await app.json<ReleaseResult>('rollback', '-e', 'prod')).toMatchObject({ revision: 6 });
    expect(await plain()).toMatchObject({ process: { THEME: 'blue' } });
    await fox('env', 'set', '-e', 'prod', '--policy', 'stable', 'THEME=blue');
  });
});

describe('a configuration that somebody has removed', { sequential: true, shuffle: false }, () => {
  beforeAll(async () => {
    await fox('env', 'set', '-e', 'gone', '--create', '--policy', 'stable', 'THEME=one');
    await release('v1', 'gone');
    await fox('env', 'set', '-e', 'gone', 'THEME=two');
    await release('v1', 'gone');
  });

  it('is not returned to, and nothing is removed while it is missing', async () => {
    await cluster.client.delete('configmaps', 'shop-config-gone-1');
    const rollback = await app.fox('rollback', '-e', 'gone');
    expect(flaws(rollback, 5, 'ConfigMap shop-config-gone-1, is gone')).toEqual([]);
    const prune = await app.fox('prune');
    expect(flaws(prune, 5, 'shop-config-gone-1', 'Nothing was removed')).toEqual([]);
    expect((await plain('gone')).process).toEqual({ THEME: 'two' });
  });

  it('is told by status where it is in force, and taken anew by a release', async () => {
    const before = await plain('gone');
    await cluster.client.delete('configmaps', 'shop-config-gone-2');
    const status = await app.fox('status');
    expect(status.stderr).toContain('`fox release v1 -e gone` takes one anew');
    expect(status.stdout).toContain('(its configuration is missing)');
    expect(await release('v1', 'gone')).toMatchObject({ revision: 3, unchanged: false, created: 0 });
    expect(await plain('gone')).toEqual(before);
    expect(await kept('gone')).toEqual(['shop-config-gone-3']);
    // The one before held on to what is gone.
    expect(flaws(await app.fox('prune'), 5, 'shop-config-gone-2')).toEqual([]);
    await fox('env', 'set', '-e', 'gone', 'THEME=three');
    await release('v1', 'gone');
    await fox('prune');
  });
});

/** Releases v1, then two others with the pods of one another, in an environment whose theme is each of these. */
async function releaseThree(environment: string, ...themes: readonly string[]): Promise<string> {
  await fox('env', 'set', '-e', environment, '--create', '--policy', 'stable', `THEME=${themes[0]}`);
  await release('v1', environment);
  await app.write('web/server.js', `${tellingServer('THEME')}// for ${environment}`);
  await app.commit();
  let told = '';
  for (const [index, version] of ['next', 'last'].entries()) {
    const name = `${version}-${environment}`;
    await fox('deploy', name);
    await fox('env', 'set', '-e', environment, `THEME=${themes[index + 1]}`);
    told = (await fox('release', name, '-e', environment)).stderr;
  }
  return told;
}

describe('a version that no rollback returns to any more', () => {
  it('runs on where the environment says what it was released with', async () => {
    const told = await releaseThree('same', 'one', 'two', 'one');
    expect(told).not.toContain('no longer runs');
    expect((await toldBy(app, 'v1', 'same')).process).toEqual({ THEME: 'one' });
  });

  it('runs there no longer where that has changed, until somebody asks for it', async () => {
    const told = await releaseThree('other', 'early', 'middle', 'late');
    expect(told).toContain('v1 no longer runs in other');
    const { versions } = await app.json<StatusResult>('status');
    const environments = versions.find(({ name }) => name === 'v1')?.environments ?? {};
    expect(Object.keys(environments)).not.toContain('other');
    expect((await fetch(`${url}/?kf-dep=v1&kf-ve=other`)).status).toBe(404);
    expect((await toldBy(app, 'next-other', 'other')).process).toEqual({ THEME: 'middle' });
    await fox('deploy', 'v1', '-e', 'other', '--commit', first);
    expect((await toldBy(app, 'v1', 'other')).process).toEqual({ THEME: 'late' });
  });
});

/** What a release that was ended before its pointer moved leaves. */
async function leaveBehind(environment: string): Promise<void> {
  const then = { name: environment, vars: { THEME: 'then' }, configuration: 'old' };
  await cluster.client.create('configmaps', configurationObject('shop', 1, then));
}

describe('a release that is killed', () => {
  it('between its configuration and its pointer is completed by the next one', async () => {
    const environment = 'killed';
    await fox('env', 'set', '-e', environment, '--create', '--policy', 'stable', 'THEME=first');
    const running = startFox(app, 'release', 'v1', '-e', environment);
    const isThere = async () => (await kept(environment)).length > 0;
    await eventually(isThere, (there) => there);
    running.signal('SIGKILL');
    await running.ended;
    await fox('env', 'set', '-e', environment, 'THEME=second');
    await release('v1', environment);
    expect(await plain(environment)).toMatchObject({ process: { THEME: 'second' } });
    const { items } = await app.json<HistoryResult>('history', '-e', environment);
    const named = items.map(({ revision }) => `shop-config-${environment}-${revision}`);
    expect(await kept(environment)).toEqual(named.toSorted());
  });

  it('leaves what the next one of the same revision replaces', async () => {
    await fox('env', 'set', '-e', 'left', '--create', '--policy', 'stable', 'THEME=now');
    await leaveBehind('left');
    await release('v1', 'left');
    expect(await plain('left')).toMatchObject({ process: { THEME: 'now' } });
    expect(await kept('left')).toEqual(['shop-config-left-1']);
  });

  it('leaves what prune removes', async () => {
    await leaveBehind('nowhere');
    const { items } = await app.json<PruneResult>('prune');
    expect(items.filter(({ type }) => type === 'configuration').map(({ name }) => name)).toContain(
      'shop-config-nowhere-1',
    );
    expect(await kept('nowhere')).toEqual([]);
  });
});

describe('at once with others', () => {
  it('a release sees what a change of the environment before it has written', async () => {
    await fox('env', 'set', '-e', 'race', '--create', '--policy', 'stable', 'THEME=old');
    await release('v1', 'race');
    const ended = await Promise.all([
      app.fox('env', 'set', '-e', 'race', 'THEME=new'),
      app.fox('release', 'v1', '-e', 'race'),
    ]);
    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
    // Whoever was first: what is released is what was said at one moment, and the next release takes the rest over.
    const { process } = await plain('race');
    expect(['old', 'new']).toContain(process['THEME']);
    await release('v1', 'race');
    expect(await plain('race')).toMatchObject({ process: { THEME: 'new' } });
  });

  it('of two releases one wins, and the configuration is its own', async () => {
    await fox('env', 'set', '-e', 'pair', '--create', '--policy', 'stable', 'THEME=pair');
    const ended = await Promise.all([1, 2].map(() => app.fox('release', 'v1', '-e', 'pair')));
    const [one, other] = ended.map(({ code }) => code).toSorted((a, b) => a - b);
    expect(one).toBe(0);
    // Told that somebody was faster, or too late to have anything to do.
    expect([0, 5]).toContain(other);
    expect(await kept('pair')).toEqual(['shop-config-pair-1']);
    expect(await plain('pair')).toMatchObject({ process: { THEME: 'pair' } });
  });
});
