// Virtual environments end: deleted by people, who are told what keeps them and what goes; or by the keeper, once their time is over.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeleteEnvironmentResult } from '../../src/actions/environments/delete.ts';
import type { StatusResult } from '../../src/actions/status.ts';
import { ApiClient } from '../../src/cluster/api/api-client.ts';
import { openTransport, type OpenTransport } from '../../src/cluster/api/transport.ts';
import { readConnection } from '../../src/cluster/connection/embedded-kubeconfig.ts';
import { flaws } from './refusal.ts';
import { eventually, Sandbox } from './sandbox.ts';
import { SmallApp } from './small-app.ts';

const source = `const { createServer } = require('http');
createServer((_, response) => response.end(process.env.THEME)).listen(process.env.PORT);
process.on('SIGTERM', () => process.exit());
`;

let sandbox: Sandbox;
let app: SmallApp;
let transport: OpenTransport;
let cluster: ApiClient;
let edge: string;
beforeAll(async () => {
  sandbox = await Sandbox.create();
  app = await SmallApp.create(sandbox, 'shop');
  for (const component of ['web', 'api']) await app.write(`${component}/server.js`, source);
  await app.configure({
    web: { routes: ['PathPrefix(`/`)'], env: { THEME: { default: 'light' } } },
    api: {},
  });
  await app.commit();
  await app.json('deploy', 'v1');
  await app.json('release', 'v1');
  edge = (await app.json<StatusResult>('status')).router.url ?? '';
  transport = openTransport(await readConnection(sandbox.path(app.cwd, '.fox/cluster/kubeconfig')));
  cluster = new ApiClient(transport.send, 'default');
});
afterAll(async () => {
  transport.close();
  await sandbox.remove(app.cwd);
});

let count = 0;
/** An environment with a THEME of its own, in which v1 runs. */
async function team(...settings: readonly string[]): Promise<string> {
  const name = `team-${++count}x`;
  await app.json('env', 'set', name, '--create', `THEME=${name}`, ...settings);
  await app.json('deploy', 'v1', '-e', name);
  return name;
}

/** Uids of pods by component, of the default environment alone. */
async function sharedPods(): Promise<Record<string, string>> {
  const { versions, workloads } = await app.json<StatusResult>('status');
  const own = versions[0]?.environments['default']?.components ?? {};
  return Object.fromEntries(
    workloads
      .filter(({ component, hash }) => own[component] === hash)
      .map(({ component, pods }) => [component, pods[0]?.uid ?? '']),
  );
}

async function answer(environment: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`${edge}/?kf-dep=v1&kf-ve=${environment}`);
  return { status: response.status, text: await response.text() };
}

function remove(...args: readonly string[]): Promise<DeleteEnvironmentResult> {
  return app.json<DeleteEnvironmentResult>('env', 'delete', ...args);
}

describe('fox env delete', () => {
  it('takes along what ran only there, and leaves what others use', async () => {
    const name = await team();
    const before = await sharedPods();
    expect(await answer(name)).toEqual({ status: 200, text: name });
    const planned = await remove(name, '--dry-run');
    expect(planned).toMatchObject({
      name,
      existed: true,
      dryRun: true,
      versions: [{ app: 'shop', version: 'v1' }],
    });
    expect(planned.workloads).toEqual([expect.stringMatching(/^shop-web-/)]);
    expect(await answer(name)).toEqual({ status: 200, text: name });
    expect(await remove('-e', name)).toEqual({ ...planned, dryRun: false });
    expect((await answer(name)).status).toBe(404);
    expect(await answer('default')).toEqual({ status: 200, text: 'light' });
    expect(await sharedPods()).toEqual(before);
    expect(
      flaws(await app.fox('env', 'delete', name), 2, 'there is no virtual environment', 'There are:'),
    ).toEqual([]);
    expect(await remove(name, '--ignore-not-found')).toMatchObject({ existed: false, workloads: [] });
  });

  it('refuses the default one, parents, and those in which something is released, with the way out', async () => {
    const parent = await team();
    const child = await team('--parent', parent);
    await app.json('release', 'v1', '-e', child);
    const refused = async (...args: readonly string[]) => app.fox('env', 'delete', ...args);
    expect(flaws(await refused('default'), 5, 'default is the default virtual environment')).toEqual([]);
    expect(
      flaws(await refused(parent), 5, `${child} inherits from ${parent}`, `fox env delete ${child}`),
    ).toEqual([]);
    const command = `env delete ${child} --end-releases`;
    expect(flaws(await refused(child), 5, `shop-v1 is released in ${child}`, `fox ${command}`)).toEqual([]);
    expect(flaws(await refused(child, '--dry-run'), 5, 'is released')).toEqual([]);
    expect(flaws(await refused(), 2, 'no virtual environment is named')).toEqual([]);
    expect(flaws(await refused('No_Name'), 2, "can't name a virtual environment")).toEqual([]);
    expect((await answer(child)).status).toBe(200);
    expect(await app.json<DeleteEnvironmentResult>(...command.split(' '))).toMatchObject({
      releases: [{ app: 'shop', version: 'v1' }],
    });
    expect(await remove(parent)).toMatchObject({ existed: true });
    const status = await app.json<StatusResult>('status');
    expect(Object.keys(status.releases)).toEqual(['default']);
    // Its history is gone, too: an environment of that name begins anew.
    const { items } = await cluster.list('configmaps', {
      labelSelector: `kubefox.io/environment in (${parent},${child})`,
    });
    expect(items).toEqual([]);
  });

  it('by two people at once is done once', async () => {
    const name = await team();
    const ended = await Promise.all([1, 2].map(async () => app.fox('env', 'delete', name)));
    const codes = ended.map(({ code }) => code);
    expect(codes).toContain(0);
    // The other one comes too late, or hasn't seen it at all.
    expect(codes.filter((code) => code !== 0 && code !== 2)).toEqual([]);
    expect((await answer(name)).status).toBe(404);
    expect((await answer('default')).status).toBe(200);
  });

  it('tells people what went', async () => {
    const name = await team();
    await app.json('release', 'v1', '-e', name);
    const { stdout, code } = await app.fox('env', 'delete', name, '--end-releases');
    expect(code).toBe(0);
    expect(stdout).toContain(`Virtual environment ${name} is deleted`);
    expect(stdout).toContain('no longer released there: shop v1');
    expect(stdout).toMatch(/workloads that only it used:\n\s+shop-web-/);
  });

  it('cleans up after somebody who has deleted its object by kubectl', async () => {
    const name = await team();
    await cluster.delete('configmaps', `fox-env-${name}`);
    const { stderr, code } = await app.fox('env', 'delete', name);
    expect(code).toBe(0);
    expect(stderr).toContain('`fox prune` removes workloads');
    expect(flaws(await app.fox('env', 'delete', name), 2, 'there is no virtual environment')).toEqual([]);
    const { items } = await app.json<{ items: { name: string }[] }>('prune');
    expect(items.some((item) => item.name.startsWith('shop-web-'))).toBe(true);
    expect((await answer('default')).status).toBe(200);
  });
});

describe('a time to live', () => {
  it('ends an environment, with what is released there, and nothing else', async () => {
    const name = await team('--ttl', '1h');
    const before = await sharedPods();
    await app.json('release', 'v1', '-e', name);
    const other = await team('--ttl', '1h');
    const object = await cluster.get<{ data: { environment: string } }>('configmaps', `fox-env-${name}`);
    const definition = JSON.parse(object?.data.environment ?? '') as object;
    // An hour later.
    const expired = JSON.stringify({ ...definition, expiresAt: '2020-01-01T00:00:00Z' });
    await cluster.patch('configmaps', `fox-env-${name}`, { data: { environment: expired } });
    await eventually(
      () => answer(name),
      ({ status }) => status === 404,
    );
    await eventually(
      async () => cluster.get('configmaps', `fox-env-${name}`),
      (found) => found === undefined,
    );
    expect(await answer(other)).toEqual({ status: 200, text: other });
    expect(await sharedPods()).toEqual(before);
    const status = await app.json<StatusResult>('status');
    expect(status.releases[name]).toBeUndefined();
    expect(status.workloads.filter(({ component }) => component === 'api')).toHaveLength(1);
    const ended = async () => readFile(sandbox.path(app.cwd, '.fox/cluster/keeper.log'), 'utf8');
    expect(await eventually(ended, (log) => log.includes(`"environment":"${name}"`))).toContain(
      'environment-ended',
    );
    expect((await app.fox('doctor')).stdout).toMatch(
      /keeper\s+alive; it ends one virtual environment in time/,
    );
    await remove(other);
  });
});
