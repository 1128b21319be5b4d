// Several people at once: deploys, releases and prunes come one after the other, and nobody's work is lost silently.
import { rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeployResult } from '../../src/actions/deploy.ts';
import type { HistoryResult } from '../../src/actions/history.ts';
import type { OpenResult } from '../../src/actions/open.ts';
import type { ReleaseResult } from '../../src/actions/release.ts';
import type { StatusResult } from '../../src/actions/status.ts';
import { flaws } from './refusal.ts';
import { startFox } from './running-fox.ts';
import { Sandbox } from './sandbox.ts';
import { type Answer, gatedServerOf, SmallApp } from './small-app.ts';

let sandbox: Sandbox;
let app: SmallApp;
let commits: string[];
beforeAll(async () => {
  sandbox = await Sandbox.create();
  app = await SmallApp.create(sandbox, 'shop');
  commits = [];
  for (const name of ['one', 'two', 'three']) commits.push(await app.release(name));
  await Promise.all(['v1', 'v2'].map((name, index) => deploy(name, index)));
});
afterAll(async () => sandbox.remove(app.cwd));

async function deploy(name: string, commit: number): Promise<void> {
  await app.json('deploy', name, '--commit', commits[commit] ?? '');
}

async function releaseOf(version: string): Promise<string> {
  const { url } = await app.json<OpenResult>('open', version);
  return ((await (await fetch(url)).json()) as Answer).release;
}

/** Somebody who holds the namespace, until the gate opens. */
async function busyDeploy(name: string) {
  const gate = sandbox.path(`gate-${name}`);
  await rm(gate, { force: true });
  await app.release(name, gatedServerOf(name, gate));
  const running = startFox(app, 'deploy', name);
  await running.says('Waiting for web');
  return { ended: running.ended, open: () => writeFile(gate, '') };
}

describe('deploys at once', () => {
  it('of two versions both succeed, also as the first ones that there are', async () => {
    expect(await releaseOf('v1')).toBe('one');
    expect(await releaseOf('v2')).toBe('two');
  });

  it('of one version give one version', async () => {
    const before = await app.json<StatusResult>('status');
    const ended = await Promise.all(
      [1, 2, 3].map(() => app.fox('deploy', 'same', '--commit', commits[2] ?? '', '-o', 'json')),
    );
    expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
    const created = ended.map(({ stdout }) => (JSON.parse(stdout) as DeployResult).workloads.create);
    expect(created.toSorted((a, b) => a - b)).toEqual([0, 0, 1]);
    const after = await app.json<StatusResult>('status');
    expect(after.versions.filter(({ name }) => name === 'same')).toHaveLength(1);
    expect(after.workloads).toHaveLength(before.workloads.length + 1);
    expect(await releaseOf('same')).toBe('three');
  });

  it('of one name from two commits give the first, and tell the second', async () => {
    const ended = await Promise.all(
      commits.slice(0, 2).map((commit) => app.fox('deploy', 'contested', '--commit', commit)),
    );
    expect(ended.map(({ code }) => code).toSorted((a, b) => a - b)).toEqual([0, 5]);
    const winner = ended.findIndex(({ code }) => code === 0);
    expect(await releaseOf('contested')).toBe(['one', 'two'][winner]);
  });
});

describe('releases at once', () => {
  it('into one environment: one wins, the other is told', async () => {
    const busy = await busyDeploy('busy-1');
    const releases = ['v1', 'v2'].map((version) => startFox(app, 'release', version, '-e', 'raced'));
    await Promise.all(releases.map((each) => each.says('deploy shop-busy-1 to finish')));
    await busy.open();
    expect((await busy.ended).code).toBe(0);
    const ended = await Promise.all(releases.map((each) => each.ended));
    expect(ended.map(({ code }) => code).toSorted((a, b) => a - b)).toEqual([0, 5]);
    const winner = ended.findIndex(({ code }) => code === 0);
    const loser = ended[1 - winner];
    expect(
      loser && flaws(loser, 5, 'at the same time; nothing was changed by this command', 'fox history'),
    ).toEqual([]);
    const { items } = await app.json<HistoryResult>('history', '-e', 'raced');
    expect(items.map(({ to, revision, current }) => ({ to, revision, current }))).toEqual([
      { to: ['v1', 'v2'][winner], revision: 1, current: true },
    ]);
  });

  it('into several environments all succeed', async () => {
    const busy = await busyDeploy('busy-2');
    const names = ['team-a', 'team-b', 'team-c'];
    const releases = names.map((name) => startFox(app, 'release', 'v1', '-e', name, '-o', 'json'));
    await Promise.all(releases.map((each) => each.says('deploy shop-busy-2 to finish')));
    await busy.open();
    const ended = await Promise.all(releases.map((each) => each.ended));
    expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
    for (const { stdout } of ended)
      expect((JSON.parse(stdout) as ReleaseResult).routers).toEqual({ acked: 1, total: 1 });
    const { releases: released } = await app.json<StatusResult>('status');
    for (const name of names) expect(released[name]).toMatchObject({ version: 'v1', revision: 1 });
  });

  it('of any kind end in a history without gaps', async () => {
    const lines = ['release v1', 'release v2', 'rollback', 'release v1', 'rollback', 'release v2'];
    await app.json('release', 'v1', '-e', 'crowd');
    const ended = await Promise.all(
      lines.map((line) => app.fox(...line.split(' '), '-e', 'crowd', '-o', 'json')),
    );
    expect(ended.filter(({ code }) => code !== 0 && code !== 5)).toEqual([]);
    const done = ended
      .filter(({ code }) => code === 0)
      .map(({ stdout }) => JSON.parse(stdout) as ReleaseResult)
      .filter(({ unchanged }) => !unchanged);
    const { items } = await app.json<HistoryResult>('history', '-e', 'crowd');
    expect(items.map(({ revision }) => revision)).toEqual(
      Array.from({ length: done.length + 1 }, (_, index) => done.length + 1 - index),
    );
    for (const [index, { from }] of items.entries()) expect(from).toBe(items[index + 1]?.to);
    expect(new Set(done.map(({ revision, version }) => `${revision} ${version}`))).toEqual(
      new Set(items.slice(0, -1).map(({ revision, to }) => `${revision} ${to}`)),
    );
  });
});
