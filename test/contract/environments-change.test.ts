// Changing virtual environments on a real API: what is made, written and removed, in which order, and what is left when it is interrupted.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EnvironmentChange } from '../../src/actions/environments/change/environment-change.ts';
import { editDefinition } from '../../src/actions/environments/change/definition-edit.ts';
import { recogniseSecrets } from '../../src/actions/environments/values/set-secret.ts';
import { requiredDefinition } from '../../src/actions/environments/known/environment-lookup.ts';
import type { ApiRequest } from '../../src/cluster/api/transport.ts';
import type { Namespace, NamespaceState } from '../../src/cluster/namespace.ts';
import type { VariableDeclaration, VariableValue } from '../../src/core/version/app.ts';
import type { EnvironmentDefinition } from '../../src/core/environments/environment-definition.ts';
import { FoxError } from '../../src/core/errors.ts';
import { objectName } from '../../src/core/labels.ts';
import { secretKey } from '../../src/core/environments/fingerprint.ts';
import { manifestOf } from '../unit/core/version/identity-fixture.ts';
import { EnvironmentsCluster } from './environments-cluster.ts';

const theme: VariableDeclaration = { type: 'string', required: false, default: 'light' };
const v1 = manifestOf('v1', { web: { env: { THEME: theme } }, api: {} });

let cluster: EnvironmentsCluster;
beforeEach(async () => {
  cluster = await EnvironmentsCluster.open();
  await cluster.define({ name: 'dev', vars: {} }, { name: 'team-a', parent: 'dev', vars: {} });
});
afterEach(async () => cluster.end());

/** The change that `fox env set` makes. */
function setting(name: string, vars: Readonly<Record<string, VariableValue>>) {
  return (state: NamespaceState): EnvironmentChange => ({
    put: [editDefinition(requiredDefinition(state, name), { vars: new Map(Object.entries(vars)) }, 0)],
  });
}

async function failure(work: Promise<unknown>): Promise<FoxError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof FoxError) return error;
  throw new Error('it did not fail as expected', { cause: error });
}

describe('a value that a component declares', () => {
  it('forks that component only, and the old one leaves once nothing needs it', async () => {
    await cluster.deploy(v1, 'dev', 'team-a');
    const before = await cluster.workloads();
    const forked = await cluster.change(setting('team-a', { THEME: 'dark' }));
    expect(forked.environments).toEqual([
      { name: 'team-a', action: 'changed', changes: [{ name: 'vars.THEME', after: 'dark' }] },
    ]);
    expect(forked).toMatchObject({ pods: { before: 2, after: 3 }, routers: { acked: 1, total: 1 } });
    expect(forked.workloads).toEqual({ create: [expect.stringMatching(/^shop-web-/)], remove: [] });
    expect(await cluster.workloads()).toEqual([...before, ...forked.workloads.create].toSorted());

    const back = await cluster.change(setting('team-a', { THEME: 'light' }));
    expect(back.workloads).toEqual({ create: [], remove: forked.workloads.create });
    expect(await cluster.workloads()).toEqual(before);
  });

  it('reaches all that inherit it, and not those that say otherwise', async () => {
    await cluster.define({ name: 'own', parent: 'dev', vars: { THEME: 'blue' } });
    await cluster.deploy(v1, 'team-a', 'own');
    const { workloads } = await cluster.change(setting('dev', { THEME: 'dark' }));
    expect(workloads.create).toHaveLength(1);
    expect(workloads.remove).toHaveLength(1);
    expect(await cluster.lacking()).toEqual([]);
  });

  it('needs nothing where nobody declares it', async () => {
    await cluster.deploy(v1, 'dev', 'team-a');
    const { workloads } = await cluster.change(setting('team-a', { OTHER: 1 }));
    expect(workloads).toEqual({ create: [], remove: [] });
  });
});

it('writes nothing that is as it was', async () => {
  await cluster.deploy(v1, 'dev');
  await cluster.change(setting('dev', { THEME: 'dark' }));
  const writes: string[] = [];
  const before = ({ method, path }: ApiRequest) => void (method === 'GET' || writes.push(path));
  const again = await cluster.change(setting('dev', { THEME: 'dark' }), cluster.namespace({ before }));
  expect(again).toMatchObject({ environments: [{ action: 'unchanged', changes: [] }] });
  expect(again.flipMs).toBeUndefined();
  expect(writes).toEqual([]);
});

it('shows by a dry run what it would do, and does nothing', async () => {
  await cluster.deploy(v1, 'dev', 'team-a');
  const before = await cluster.workloads();
  const planned = await cluster.change(setting('team-a', { THEME: 'dark' }), undefined, { dryRun: true });
  expect(planned).toMatchObject({ dryRun: true, workloads: { create: [expect.any(String)] } });
  expect(await cluster.workloads()).toEqual(before);
  expect(await cluster.definition('team-a')).toEqual({ name: 'team-a', parent: 'dev', vars: {} });
  expect((await cluster.change(setting('team-a', { THEME: 'dark' }))).workloads).toEqual(planned.workloads);
});

it('leaves the environment as it was where a workload does not become ready', async () => {
  await cluster.deploy(v1, 'dev');
  cluster.broken.add('web');
  const error = await failure(cluster.change(setting('dev', { THEME: 'dark' }), undefined, { timeout: 200 }));
  expect(error).toMatchObject({ code: 'TIMED_OUT' });
  expect([error.message, ...error.hints, ...error.details].join('\n')).toMatch(/dev stays as it was.*prune/s);
  expect(await cluster.definition('dev')).toEqual({ name: 'dev', vars: {} });
  expect(await cluster.lacking()).toEqual([]);
});

it('removes what a change that failed has left, with the next one', async () => {
  await cluster.deploy(v1, 'dev');
  cluster.broken.add('web');
  await failure(cluster.change(setting('dev', { THEME: 'wrong' }), undefined, { timeout: 200 }));
  const left = await cluster.workloads();
  cluster.broken.clear();
  await cluster.change(setting('dev', { THEME: 'dark' }));
  const now = await cluster.workloads();
  expect(now).toHaveLength(2);
  expect(left.filter((name) => now.includes(name))).toEqual([expect.stringMatching(/^shop-api-/)]);
});

it('brings back a value that has vanished when it is set again, to the same one', async () => {
  const fingerprint = await cluster.namespace().secrets.fingerprint('correct horse');
  const change = (state: NamespaceState): EnvironmentChange => ({
    put: [
      editDefinition(requiredDefinition(state, 'dev'), { secrets: new Map([['KEY', { fingerprint }]]) }, 0),
    ],
    secrets: new Map([['dev', new Map([['KEY', { fingerprint, value: 'correct horse' }]])]]),
  });
  await cluster.change(change);
  await cluster.client.delete('secrets', 'fox-env-dev');
  const told = { type: 'info', text: expect.stringContaining('are kept again') as string };
  await cluster.change(change, undefined, { dryRun: true });
  expect(cluster.events.splice(0)).toContainEqual(told);
  expect(await cluster.secretKeys('dev')).toEqual([]);
  const again = await cluster.change(change);
  expect(again).toMatchObject({ environments: [{ action: 'unchanged' }] });
  expect(await cluster.secretKeys('dev')).toEqual([secretKey('KEY', fingerprint)]);
  expect(cluster.events).toContainEqual(told);
});

describe('the key by which secrets are recognised', () => {
  const sources = new Map([['KEY', { value: 'correct horse' }]]);

  /** `fox env set -e dev --secret KEY`, with more. */
  async function entering(namespace: Namespace, more: Partial<EnvironmentDefinition> = {}) {
    return cluster.change(async (state) => {
      const dev = requiredDefinition(state, 'dev');
      const { references, values } = await recogniseSecrets(namespace.secrets, sources);
      return {
        put: [{ ...dev, ...more, secrets: Object.fromEntries(references) }],
        secrets: new Map([['dev', values]]),
      };
    }, namespace);
  }

  it('is made with the change that needs it, and not by one that is refused', async () => {
    const error = await failure(entering(cluster.namespace(), { parent: 'nobody' }));
    expect(error.code).toBe('NOT_FOUND');
    expect(await cluster.client.get('secrets', objectName.identity)).toBeUndefined();
    await entering(cluster.namespace());
    const fingerprint = await cluster.namespace().secrets.fingerprint('correct horse');
    expect(await cluster.definition('dev')).toMatchObject({ secrets: { KEY: { fingerprint } } });
    expect(await cluster.secretKeys('dev')).toEqual([secretKey('KEY', fingerprint)]);
  });

  it('is that of who made it first; the other changes nothing', async () => {
    let isMade = false;
    const namespace = cluster.namespace({
      before: async ({ method, path }) => {
        if (isMade || method !== 'POST' || !path.includes('/secrets')) return;
        isMade = true;
        await cluster.namespace().secrets.fingerprint('another');
      },
    });
    expect((await failure(entering(namespace))).code).toBe('CONFLICT');
    expect(await cluster.definition('dev')).toEqual({ name: 'dev', vars: {} });
    expect(await cluster.secretKeys('dev')).toEqual([]);
    await entering(cluster.namespace());
  });
});

describe('killed at any moment', () => {
  const killed = new Error('killed');
  const v2 = manifestOf('v1', {
    web: { env: { THEME: theme }, secrets: ['KEY'] },
    api: { secrets: ['KEY'] },
  });

  /** A command that dies at its n-th write: before it is sent, or before its answer arrives. */
  function dying(n: number, when: 'before' | 'after'): Namespace {
    let writes = 0;
    let isDead = false;
    const count = ({ method }: ApiRequest) => {
      if (method !== 'GET' && ++writes === n) isDead = true;
      if (isDead) throw killed;
    };
    return cluster.namespace({
      [when]: count,
      ...(when === 'after' ? { before: () => refuse(isDead) } : {}),
    });
  }

  function refuse(isDead: boolean): void {
    if (isDead) throw killed;
  }

  async function begin(): Promise<{ change: (to: Namespace) => Promise<unknown>; fingerprint: string }> {
    const namespace = cluster.namespace();
    const [old, next] = await Promise.all(
      ['old', 'new'].map((value) => namespace.secrets.fingerprint(value)),
    );
    const [was, is] = [{ fingerprint: old ?? '' }, { fingerprint: next ?? '' }];
    await namespace.secrets.store('dev', new Map([['KEY', { ...was, value: 'old' }]]));
    await cluster.client.delete('configmaps', 'fox-env-dev');
    await cluster.define({ name: 'dev', vars: {}, secrets: { KEY: was } });
    await cluster.deploy(v2, 'dev', 'team-a');
    const change = (to: Namespace) =>
      cluster.change(
        (state) => ({
          put: [
            editDefinition(
              requiredDefinition(state, 'dev'),
              { vars: new Map([['THEME', 'dark']]), secrets: new Map([['KEY', is]]) },
              0,
            ),
          ],
          secrets: new Map([['dev', new Map([['KEY', { ...is, value: 'new' }]])]]),
        }),
        to,
      );
    return { change, fingerprint: is.fingerprint };
  }

  // More than there are writes: the last ones end without being killed.
  it.each(
    (['before', 'after'] as const).flatMap((when) =>
      Array.from({ length: 18 }, (_, index) => ({ when, n: index + 1 })),
    ),
  )(
    '$when write $n, it leaves what the next run completes, and what runs has all that it needs',
    async ({ when, n }) => {
      const { change, fingerprint } = await begin();
      const end: unknown = await change(dying(n, when)).then(
        () => killed,
        (error: unknown) => error,
      );
      expect(end).toBe(killed);
      expect(await cluster.lacking()).toEqual([]);
      await cluster.forgetLease();

      await change(cluster.namespace());
      expect(await cluster.definition('dev')).toEqual({
        name: 'dev',
        vars: { THEME: 'dark' },
        secrets: { KEY: { fingerprint } },
      });
      expect(await cluster.lacking()).toEqual([]);
      expect(await cluster.workloads()).toHaveLength(2);
      expect(await cluster.secretKeys('dev')).toEqual([secretKey('KEY', fingerprint)]);
    },
  );
});

/** Before the Lease is asked for the first time, somebody else does something. */
function interrupted(by: () => Promise<unknown>): Namespace {
  let isDone = false;
  const before = async ({ path }: ApiRequest) => {
    if (isDone || !path.includes('/leases')) return;
    isDone = true;
    await by();
  };
  return cluster.namespace({ before });
}

describe('two at once', () => {
  it('both count where they change different values', async () => {
    const other = () => cluster.change(setting('dev', { OTHER: 1 }));
    await cluster.change(setting('dev', { THEME: 'dark' }), interrupted(other));
    expect(await cluster.definition('dev')).toEqual({ name: 'dev', vars: { OTHER: 1, THEME: 'dark' } });
  });

  it('the second is told who changed what, where it is the same value', async () => {
    const other = () => cluster.change(setting('dev', { THEME: 'blue' }), undefined, { user: 'jack@desk' });
    const error = await failure(cluster.change(setting('dev', { THEME: 'dark' }), interrupted(other)));
    expect(error).toMatchObject({ code: 'CONFLICT', details: ['vars.THEME'] });
    expect(error.message).toBe('jack@desk changed dev at the same time; nothing was changed by this command');
    expect(await cluster.definition('dev')).toEqual({ name: 'dev', vars: { THEME: 'blue' } });
  });

  it('both count where they do the same', async () => {
    const other = () => cluster.change(setting('dev', { THEME: 'dark' }));
    const second = await cluster.change(setting('dev', { THEME: 'dark' }), interrupted(other));
    expect(second).toMatchObject({ environments: [{ action: 'unchanged' }] });
  });

  it('what somebody changes by other means than fox, in the last moment, is not overwritten', async () => {
    let isDone = false;
    const before = async ({ method, path }: ApiRequest) => {
      if (isDone || method !== 'PATCH' || !path.includes('fox-env-dev')) return;
      isDone = true;
      await cluster.edit({ name: 'dev', vars: { SECRETLY: 'there' } }, 'kubectl-edit');
    };
    const error = await failure(
      cluster.change(setting('dev', { THEME: 'dark' }), cluster.namespace({ before })),
    );
    expect(error).toMatchObject({ code: 'CONFLICT', details: ['vars.SECRETLY'] });
    expect(error.message).toContain('kubectl-edit changed dev');
    expect(JSON.stringify([error.message, error.details, error.hints])).not.toContain('there');
    expect(await cluster.definition('dev')).toEqual({ name: 'dev', vars: { SECRETLY: 'there' } });
  });

  it('a label that somebody puts on it in the last moment is no change of it', async () => {
    let isDone = false;
    const before = async ({ method, path }: ApiRequest) => {
      if (isDone || method !== 'PATCH' || !path.includes('fox-env-dev')) return;
      isDone = true;
      await cluster.client.patch('configmaps', 'fox-env-dev', { metadata: { labels: { team: 'a' } } });
    };
    await cluster.change(setting('dev', { THEME: 'dark' }), cluster.namespace({ before }));
    expect(await cluster.definition('dev')).toEqual({ name: 'dev', vars: { THEME: 'dark' } });
    const object = await cluster.client.get<{ metadata: { labels: object } }>('configmaps', 'fox-env-dev');
    expect(object?.metadata.labels).toMatchObject({ team: 'a' });
  });

  it('one that was deleted meanwhile is not made again', async () => {
    const other = () => cluster.client.delete('configmaps', 'fox-env-team-a');
    const error = await failure(cluster.change(setting('team-a', { THEME: 'dark' }), interrupted(other)));
    expect(error.code).toBe('NOT_FOUND');
    expect(await cluster.definition('team-a')).toBeUndefined();
  });
});

describe('several in one change', () => {
  it('may come in any order, and are written so that none is ever without its parent', async () => {
    const after = async ({ method }: ApiRequest) => {
      if (method === 'GET') return;
      const { environments } = await cluster.observe();
      const names = environments.map(({ definition }) => definition.name);
      for (const { definition } of environments)
        expect(names).toContain(definition.parent ?? definition.name);
    };
    const put = [
      { name: 'child', parent: 'middle', vars: {} },
      { name: 'middle', parent: 'top', vars: {} },
      { name: 'top', vars: {} },
    ];
    const { environments } = await cluster.change(() => ({ put }), cluster.namespace({ after }));
    expect(environments.map(({ name, action }) => `${name} ${action}`)).toEqual([
      'child created',
      'middle created',
      'top created',
    ]);
  });

  it('go round in no circle for a moment, where a child becomes the parent', async () => {
    const seen: string[] = [];
    const after = async ({ method }: ApiRequest) => {
      if (method === 'GET') return;
      const { environments } = await cluster.observe();
      seen.push(environments.map(({ definition: { name, parent } }) => `${name}<${parent ?? ''}`).join(' '));
    };
    const put = [
      { name: 'dev', parent: 'team-a', vars: {} },
      { name: 'team-a', vars: {} },
    ];
    await cluster.change(() => ({ put }), cluster.namespace({ after }));
    expect(seen.at(-1)).toBe('dev<team-a team-a<');
    expect(seen).not.toContain('dev<team-a team-a<dev');
  });

  it('are all refused where one is wrong, with every problem', async () => {
    await cluster.deploy(
      manifestOf('v1', { web: { env: { PAGE: { type: 'number', required: false } } } }),
      'team-a',
    );
    const put = [
      { name: 'dev', vars: { PAGE: 'many' }, hosts: ['a.example.com'] },
      { name: 'one', parent: 'two', vars: {}, subPath: 'x' },
      { name: 'two', parent: 'one', vars: { 'A-B': 1 }, subPath: 'x' },
      { name: 'lost', parent: 'dve', vars: { NUL: 'a\0b' }, hosts: ['a.example.com'] },
    ];
    const error = await failure(cluster.change(() => ({ put })));
    expect(error.code).toBe('REFUSED');
    expect(error.details).toEqual([
      expect.stringContaining('two: "A-B" is not a name that an environment variable can have'),
      'lost: vars.NUL holds a NUL character, which no environment variable can',
      'one: its parents go round in a circle: one → two → one',
      'two: its parents go round in a circle: two → one → two',
      "lost: its parent dve doesn't exist. Did you mean dev?",
      'two: the sub-path x is that of one',
      'lost: host a.example.com is that of dev',
      'team-a: shop v1: components.web.env.PAGE must be of type number, not string',
    ]);
    expect(await cluster.definition('one')).toBeUndefined();
    expect(await cluster.definition('dev')).toEqual({ name: 'dev', vars: {} });
  });
});

it('an environment whose parent somebody has deleted is mended by making that again', async () => {
  await cluster.deploy(v1, 'team-a');
  await cluster.client.delete('configmaps', 'fox-env-dev');
  const error = await failure(cluster.change(setting('team-a', { THEME: 'dark' })));
  expect(error.details).toEqual([expect.stringContaining("its parent dev doesn't exist")]);
  expect(error.hints.join(' ')).toContain('fox env set -e dev --create');
  await cluster.change(() => ({ put: [{ name: 'dev', vars: { THEME: 'dark' } }] }));
  expect(await cluster.lacking()).toEqual([]);
  await cluster.change(setting('team-a', { OTHER: 1 }));
});

it('an environment whose parent somebody has deleted goes on without one', async () => {
  await cluster.client.delete('configmaps', 'fox-env-dev');
  await cluster.change((state) => ({
    put: [editDefinition(requiredDefinition(state, 'team-a'), { parent: false }, 0)],
  }));
  expect(await cluster.definition('team-a')).toEqual({ name: 'team-a', vars: {} });
});

it('an object that nobody can read is written anew, and not changed by parts', async () => {
  await cluster.client.patch('configmaps', 'fox-env-dev', { data: { environment: '{' } });
  const error = await failure(cluster.change(setting('dev', { THEME: 'dark' })));
  expect(error).toMatchObject({ code: 'REFUSED', hints: [expect.stringContaining('fox env apply -f')] });
  await cluster.change(() => ({ put: [{ name: 'dev', vars: { THEME: 'dark' } }] }));
  expect(await cluster.definition('dev')).toEqual({ name: 'dev', vars: { THEME: 'dark' } });
});

it('the default environment is marked when it is made, and never ends', async () => {
  const options = { defaultEnvironment: 'main' };
  const main = { name: 'main', vars: {} };
  const mortal = { ...main, ttl: '1h', expiresAt: '2026-01-02T04:04:05Z' };
  const error = await failure(cluster.change(() => ({ put: [mortal] }), undefined, options));
  expect(error.details).toEqual([expect.stringContaining('the default virtual environment never ends')]);
  await cluster.change(() => ({ put: [main] }), undefined, options);
  const { environments } = await cluster.observe();
  expect(environments.find(({ definition }) => definition.name === 'main')?.isDefault).toBe(true);
  // A config that names another one later doesn't make a second.
  const other = { ...options, defaultEnvironment: 'other' };
  await cluster.change(() => ({ put: [{ name: 'other', vars: {} }] }), undefined, other);
  const marked = (await cluster.observe()).environments.filter(({ isDefault }) => isDefault);
  expect(marked.map(({ definition }) => definition.name)).toEqual(['main']);
});

it('routers that lag behind are told of, and what they still use stays until the next run', async () => {
  await cluster.deploy(v1, 'dev');
  const before = await cluster.workloads();
  await cluster.routerServes(0);
  const error = await failure(cluster.change(setting('dev', { THEME: 'dark' }), undefined, { timeout: 100 }));
  expect(error).toMatchObject({ code: 'TIMED_OUT' });
  expect(error.message).toBe('dev is changed, but only 0 of 1 routers serve that yet');
  expect(await cluster.workloads()).toEqual(expect.arrayContaining(before));
  await cluster.routerServes(1_000_000);
  await cluster.change(setting('dev', { THEME: 'dark' }));
  expect(await cluster.workloads()).toHaveLength(2);
  expect(await cluster.lacking()).toEqual([]);
});

it('tells several apps of one environment whose routes would tie by a new value', async () => {
  const env = { A: { type: 'string', required: false, default: 'one' } } as const;
  const route = (rule: string) => [{ rule, env }];
  for (const [app, rule] of [
    ['shop', 'Path(`/{{.Vars.A}}`)'],
    ['blog', 'Path(`/two`)'],
  ] as const) {
    const manifest = manifestOf('v1', { web: {} });
    const components = Object.fromEntries(
      Object.entries(manifest.components).map(([name, each]) => [name, { ...each, routes: route(rule) }]),
    );
    await cluster.deploy({ ...manifest, app, components }, 'dev');
    await cluster.release(app, 'v1', 'dev');
  }
  const error = await failure(cluster.change(setting('dev', { A: 'two' })));
  expect(error.details).toEqual([expect.stringMatching(/^dev: .*shop\/web.*blog\/web|blog\/web.*shop\/web/)]);
  await cluster.change(setting('dev', { A: 'three' }));
});
