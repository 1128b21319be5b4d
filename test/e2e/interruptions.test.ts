// A deploy that is interrupted at any point: nothing of it stays held, and the second run completes the work.
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeleteResult } from '../../src/actions/delete-version.ts';
import type { DeployResult } from '../../src/actions/deploy.ts';
import type { OpenResult } from '../../src/actions/open.ts';
import type { PruneResult } from '../../src/actions/prune.ts';
import type { StatusResult } from '../../src/actions/status.ts';
import { daemonOf } from './processes.ts';
import { flaws } from './refusal.ts';
import { startFox } from './running-fox.ts';
import { eventually, Sandbox } from './sandbox.ts';
import { type Answer, gatedServerOf, SmallApp } from './small-app.ts';

let sandbox: Sandbox;
let app: SmallApp;
let gate: string;
beforeAll(async () => {
  sandbox = await Sandbox.create();
  app = await SmallApp.create(sandbox, 'shop');
  gate = sandbox.path('gate');
  await app.release('zero');
  await app.json('deploy', 'zero');
});
afterAll(async () => sandbox.remove(app.cwd));

let count = 0;
/** Commits a release that becomes ready when the gate opens. @returns its name. */
async function gated(): Promise<string> {
  await rm(gate, { force: true });
  const name = `v${++count}`;
  await app.release(name, gatedServerOf(name, gate));
  return name;
}

async function open(): Promise<void> {
  await writeFile(gate, '');
}

async function releaseOf(version: string): Promise<string> {
  const { url } = await app.json<OpenResult>('open', version);
  return ((await (await fetch(url)).json()) as Answer).release;
}

async function versions(): Promise<string[]> {
  return (await app.json<StatusResult>('status')).versions.map(({ name }) => name);
}

/** Completes the deployment of a version and checks that it is one. */
async function complete(name: string): Promise<string> {
  await open();
  const ended = await app.fox('deploy', name, '-o', 'json');
  expect(ended).toMatchObject({ code: 0 });
  expect(JSON.parse(ended.stdout)).toMatchObject({
    version: name,
    builds: 0,
  } satisfies Partial<DeployResult>);
  expect(await releaseOf(name)).toBe(name);
  return ended.stderr;
}

describe('a deploy that waits for its pods', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'ends at %s, holds nothing, and is completed later',
    async (signal) => {
      const name = await gated();
      const running = startFox(app, 'deploy', name);
      await running.says('Waiting for web');
      running.signal(signal);
      expect(flaws(await running.ended, 130, 'Error: cancelled', 'Run the same command again')).toEqual([]);
      expect(await versions()).not.toContain(name);
      expect(await complete(name)).not.toContain('to finish');
    },
  );

  it('is completed after kill -9; the next one waits for its Lease and says whose it is', async () => {
    const name = await gated();
    const running = startFox(app, 'deploy', name);
    await running.says('Waiting for web');
    running.signal('SIGKILL');
    expect((await running.ended).code).toBe(-1);
    expect(await complete(name)).toMatch(new RegExp(`Waiting for .+: deploy shop-${name} to finish`));
  });

  it('is told when the cluster dies meanwhile, and completed by the one that is started again', async () => {
    const name = await gated();
    const running = startFox(app, 'deploy', name);
    await running.says('Waiting for web');
    process.kill(await daemonOf(app), 'SIGKILL');
    expect(flaws(await running.ended, 3, 'Run the command again')).toEqual([]);
    await complete(name);
    expect(await releaseOf('zero')).toBe('zero');
  });

  it('leaves nothing once it is deleted, although it never became a version', async () => {
    const name = await gated();
    const running = startFox(app, 'deploy', name);
    await running.says('Waiting for web');
    running.signal('SIGTERM');
    await running.ended;
    const planned = await app.json<DeleteResult>('delete', name, '--dry-run');
    expect(planned).toMatchObject({ existed: false, dryRun: true, workloads: [expect.any(String)] });
    const deleted = await app.json<DeleteResult>('delete', name);
    expect(deleted).toMatchObject({ existed: false, workloads: planned.workloads });
    expect((await app.fox('delete', name)).code).toBe(2);
  });

  it('keeps what it has made from prune', async () => {
    const name = await gated();
    const deploying = startFox(app, 'deploy', name);
    await deploying.says('Waiting for web');
    const pruning = startFox(app, 'prune', '-o', 'json');
    await pruning.says(`deploy shop-${name} to finish`);
    await open();
    expect((await deploying.ended).code).toBe(0);
    const pruned = await pruning.ended;
    expect(pruned.code).toBe(0);
    expect((JSON.parse(pruned.stdout) as PruneResult).items).toEqual([]);
    expect(await releaseOf(name)).toBe(name);
  });
});

/** Commits a release whose build waits for `<started>.go` after it has made `started`. */
async function slowBuild(): Promise<{ name: string; started: string }> {
  await open();
  const name = `v${++count}`;
  const started = sandbox.path(`building-${name}`);
  await app.write('web/server.js', gatedServerOf(name, gate));
  const command = `touch ${started}; while [ ! -e ${started}.go ]; do sleep 0.02; done`;
  await app.configure({ web: { routes: ['PathPrefix(`/`)'], build: { command } } });
  await app.commit();
  return { name, started };
}

describe('a deploy that builds', () => {
  it.each(['SIGINT', 'SIGKILL'] as const)('ends at %s, and is completed later', async (signal) => {
    const { name, started } = await slowBuild();
    const running = startFox(app, 'deploy', name);
    await eventually(() => Promise.resolve(existsSync(started)), Boolean);
    running.signal(signal);
    expect((await running.ended).code).toBe(signal === 'SIGINT' ? 130 : -1);
    await writeFile(`${started}.go`, '');
    expect(await versions()).not.toContain(name);
    expect(await app.json<DeployResult>('deploy', name)).toMatchObject({ builds: 1 });
    expect(await releaseOf(name)).toBe(name);
  });

  it('is told afterwards when the cluster has died meanwhile, and is completed later', async () => {
    const { name, started } = await slowBuild();
    const running = startFox(app, 'deploy', name);
    await eventually(() => Promise.resolve(existsSync(started)), Boolean);
    process.kill(await daemonOf(app), 'SIGKILL');
    await writeFile(`${started}.go`, '');
    expect(flaws(await running.ended, 3, 'no cluster answers')).toEqual([]);
    await complete(name);
  });
});

describe('a pod', () => {
  it('whose process is killed is started again, and no other is touched', async () => {
    await app.json('cluster', 'start');
    await open();
    const name = `v${++count}`;
    await app.release(name);
    await app.json('deploy', name);
    const podsOf = async () => {
      const { workloads } = await app.json<StatusResult>('status');
      return workloads.flatMap(({ versions: serves, pods }) => pods.map((pod) => ({ serves, ...pod })));
    };
    const before = await podsOf();
    const { url } = await app.json<OpenResult>('open', name);
    const { pid } = (await (await fetch(url)).json()) as Answer;
    process.kill(pid, 'SIGKILL');
    const mine = await eventually(
      async () => (await podsOf()).find(({ serves }) => serves.includes(name)),
      (pod) => pod?.restarts === 1 && pod.ready,
    );
    const old = before.find(({ serves }) => serves.includes(name));
    expect(mine).toMatchObject({ uid: old?.uid, name: old?.name, restarts: 1 });
    const rest = (pods: typeof before) => pods.filter(({ serves }) => !serves.includes(name));
    expect(rest(await podsOf())).toEqual(rest(before));
    expect(((await (await fetch(url)).json()) as Answer).pid).not.toBe(pid);
  });
});
