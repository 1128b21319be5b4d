// What ends with a virtual environment: what only it needs, never what anybody else does; and what keeps it from ending.
import { array, assert, asyncProperty, boolean, constantFrom, record, subarray } from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  childrenOf,
  planEnd,
  refuseEnd,
} from '../../../../../src/actions/environments/end/environment-end.ts';
import { environmentsByName } from '../../../../../src/actions/environments/known/known-environments.ts';
import type { NamespaceState } from '../../../../../src/cluster/namespace.ts';
import type { DeployedWorkload } from '../../../../../src/cluster/objects/workload-object.ts';
import type { VariableDeclaration } from '../../../../../src/core/version/app.ts';
import { configurationFor } from '../../../../../src/core/environments/configuration.ts';
import { FoxError } from '../../../../../src/core/errors.ts';
import { objectName } from '../../../../../src/core/labels.ts';
import { wantedWorkloads } from '../../../../../src/core/plan/wanted.ts';
import { type Workload, workloadKey } from '../../../../../src/core/version/workload.ts';
import { manifestOf } from '../../../core/version/identity-fixture.ts';
import { namespaceOf, recordOf, type Sketch } from '../../namespace-fixture.ts';

const env: Record<string, VariableDeclaration> = {
  COLOR: { type: 'string', required: false, default: 'red' },
};

function deployed({ app, component, hash, definition }: Workload): DeployedWorkload {
  const known = {
    app,
    component,
    hash,
    sourceHash: definition.sourceHash,
    name: objectName.workload(app, component, hash),
    wantedBy: 'v1',
    replicas: definition.replicas,
    ready: true,
  };
  return known as unknown as DeployedWorkload;
}

/** A namespace in which all runs that is wanted. */
function running(sketch: Sketch): NamespaceState {
  const state = namespaceOf(sketch);
  const wanted = wantedWorkloads(state.versions, environmentsByName(state));
  return { ...state, workloads: [...wanted.values()].map(({ workload }) => deployed(workload)) };
}

function failure(work: () => unknown): FoxError {
  try {
    work();
  } catch (error) {
    if (error instanceof FoxError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

const shop = manifestOf('v1', { web: { env }, api: {} });

/** Version v1 in dev and team-a, which has a COLOR of its own. */
const twoTeams: Sketch = {
  versions: [{ manifest: shop, runsIn: ['dev', 'team-a'] }],
  environments: [{ name: 'dev' }, { name: 'team-a', vars: { COLOR: 'blue' } }],
};

describe('with an environment leaves', () => {
  test('what runs only there', async () => {
    const state = running(twoTeams);
    expect(state.workloads).toHaveLength(3);
    const { releases, versions, workloads, isUnclear } = await planEnd(state, 'team-a');
    expect({ releases, versions, isUnclear }).toEqual({
      releases: [],
      versions: [{ app: 'shop', version: 'v1' }],
      isUnclear: false,
    });
    expect(workloads.map(({ component }) => component)).toEqual(['web']);
  });

  test('what an interrupted end has left', async () => {
    const state = running(twoTeams);
    const interrupted = {
      ...state,
      versions: state.versions.map((version) => ({
        ...version,
        manifest: version.manifest,
        runsIn: ['dev'],
      })),
    };
    expect(await planEnd(interrupted, 'team-a')).toMatchObject({
      versions: [],
      workloads: [{ component: 'web' }],
    });
  });

  test('what its releases hold on to, though it says something else now; also when the release has ended', async () => {
    const sketch: Sketch = {
      versions: [{ manifest: shop, runsIn: ['dev', 'prod'] }],
      environments: [{ name: 'dev' }, { name: 'prod' }],
      configurations: [
        {
          app: 'shop',
          revision: 1,
          environment: configurationFor(shop, { name: 'prod', vars: { COLOR: 'gold' } }),
        },
      ],
      releases: { prod: { shop: recordOf('v1', { config: objectName.configuration('shop', 'prod', 1) }) } },
    };
    const state = running(sketch);
    expect(await planEnd(state, 'prod')).toMatchObject({
      releases: [{ app: 'shop', version: 'v1' }],
      workloads: [{ component: 'web' }],
    });
    const ended = { ...namespaceOf({ ...sketch, releases: {} }), workloads: state.workloads };
    expect(await planEnd(ended, 'prod')).toMatchObject({ releases: [], workloads: [{ component: 'web' }] });
  });

  test('nothing that nobody can tell', async () => {
    const broken = namespaceOf({
      ...twoTeams,
      environments: [{ name: 'dev' }, { name: 'team-a', parent: 'gone', vars: { COLOR: 'blue' } }],
    });
    const state = { ...broken, workloads: running(twoTeams).workloads };
    expect(await planEnd(state, 'team-a')).toMatchObject({
      versions: [{ version: 'v1' }],
      workloads: [],
      isUnclear: true,
    });
  });

  test('nothing that ran with a configuration that is gone', async () => {
    const whole = running(twoTeams);
    const lost = namespaceOf({
      ...twoTeams,
      releases: { 'team-a': { shop: recordOf('v1', { config: 'shop-config-team-a-1' }) } },
    });
    const held = { ...lost, workloads: whole.workloads };
    expect(await planEnd(held, 'team-a')).toMatchObject({ releases: [{ version: 'v1' }], isUnclear: true });
  });

  test('nothing where nobody knows of it', async () => {
    expect(await planEnd(running(twoTeams), 'team-b')).toEqual({
      releases: [],
      versions: [],
      workloads: [],
      isUnclear: false,
      keepsSecrets: false,
    });
  });

  test('the values of its secrets, unless a release elsewhere holds on to one', async () => {
    const manifest = manifestOf('v1', { web: { secrets: ['KEY'] } });
    const fingerprint = 'f'.repeat(64);
    const sketch = (holder: string, secrets: Record<string, string>): Sketch => ({
      environments: [{ name: 'base', secrets: { KEY: { fingerprint } } }, { name: 'prod' }],
      configurations: [
        {
          app: 'shop',
          revision: 1,
          environment: configurationFor(manifest, { name: holder, vars: {}, secrets }),
        },
      ],
    });
    expect((await planEnd(namespaceOf(sketch('prod', { KEY: fingerprint })), 'base')).keepsSecrets).toBe(
      true,
    );
    expect((await planEnd(namespaceOf(sketch('prod', { KEY: 'e'.repeat(64) })), 'base')).keepsSecrets).toBe(
      false,
    );
    expect((await planEnd(namespaceOf(sketch('base', { KEY: fingerprint })), 'base')).keepsSecrets).toBe(
      false,
    );
  });

  test('what has to, without a look at versions that have no workload in common with it', async () => {
    const state = running(twoTeams);
    const [version] = state.versions;
    if (version === undefined) throw new Error('there is none');
    const untouchable = manifestOf('v0', { web: { source: 'old', env } });
    const components = new Proxy(untouchable.components, {
      ownKeys: () => {
        throw new Error('it is hashed');
      },
    });
    const other = { ...version, name: 'v0', manifest: { ...untouchable, components } };
    const { workloads } = await planEnd({ ...state, versions: [other, version] }, 'team-a');
    expect(workloads.map(({ component }) => component)).toEqual(['web']);
  });

  test('exactly what nothing wants afterwards, of whatever there is', async () => {
    const names = ['dev', 'one', 'two'];
    const anyVersion = record({ web: constantFrom('1', '2'), api: constantFrom('1', '2'), calls: boolean() });
    await assert(
      asyncProperty(
        array(record({ version: anyVersion, runsIn: subarray(names) }), { minLength: 1, maxLength: 3 }),
        array(constantFrom('red', 'blue', 'green'), { minLength: 3, maxLength: 3 }),
        constantFrom('one', 'two'),
        async (versions, colors, ended) => {
          const state = running({
            versions: versions.map(({ version: { web, api, calls }, runsIn }, index) => ({
              manifest: manifestOf(`v${index}`, {
                web: { source: web, calls: calls ? ['api'] : [] },
                api: { source: api, env },
              }),
              runsIn,
            })),
            environments: names.map((name, index) => ({ name, vars: { COLOR: colors[index] ?? 'red' } })),
          });
          const rest = state.versions.map(({ manifest, runsIn }) => ({
            manifest,
            runsIn: runsIn.filter((name) => name !== ended),
          }));
          const needed = wantedWorkloads(rest, environmentsByName(state));
          const leaving = new Set((await planEnd(state, ended)).workloads.map(workloadKey));
          for (const key of state.workloads.map(workloadKey)) expect(leaving.has(key)).toBe(!needed.has(key));
        },
      ),
    );
  });
});

describe('refused is', () => {
  test('the default one', () => {
    const state = running(twoTeams);
    const environments = state.environments.map((each) => ({
      ...each,
      isDefault: each.definition.name === 'dev',
    }));
    const error = failure(() => refuseEnd({ ...state, environments }, 'dev', true));
    expect(error).toMatchObject({ code: 'IN_USE', exitCode: 5 });
    expect(error.message).toContain('dev is the default virtual environment');
    const configured = failure(() => refuseEnd({ ...state, environments }, 'team-a', true, 'team-a'));
    expect(configured).toMatchObject({ code: 'IN_USE' });
    expect(configured.message).toContain("team-a is the config's default virtual environment");
    expect(() => refuseEnd({ ...state, environments }, 'team-a', true, 'other')).not.toThrow();
  });

  test('a parent, naming its children, but not theirs', () => {
    const state = namespaceOf({
      environments: [
        { name: 'dev' },
        { name: 'b', parent: 'dev' },
        { name: 'a', parent: 'dev' },
        { name: 'deep', parent: 'a' },
      ],
    });
    expect(childrenOf(state, 'dev')).toEqual(['a', 'b']);
    const error = failure(() => refuseEnd(state, 'dev', true));
    expect(error.message).toBe('a, b inherit from dev; nothing was changed');
    expect(error.hints.join(' ')).toContain('`fox env delete a`');
    expect(() => refuseEnd(state, 'deep', false)).not.toThrow();
  });

  test('one in which something is released, with the command that frees it', () => {
    const state = running({ ...twoTeams, releases: { 'team-a': { shop: recordOf('v1') } } });
    const error = failure(() => refuseEnd(state, 'team-a', false));
    expect(error.message).toBe('shop-v1 is released in team-a; nothing was changed');
    expect(error.hints[0]).toContain('`fox env delete team-a --end-releases`');
    expect(() => refuseEnd(state, 'team-a', true)).not.toThrow();
    expect(() => refuseEnd(state, 'dev', false)).not.toThrow();
  });
});
