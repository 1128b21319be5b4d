// What a change of environments needs and leaves behind, against a naive model: the union of all that is wanted, before and after.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planChange, stateAfter } from '../../../../../src/actions/environments/change/change-plan.ts';
import { environmentsByName } from '../../../../../src/actions/environments/known/known-environments.ts';
import { unwantedWorkloads } from '../../../../../src/actions/leftovers/unwanted.ts';
import type { NamespaceState } from '../../../../../src/cluster/namespace.ts';
import type { DeployedWorkload } from '../../../../../src/cluster/objects/workload-object.ts';
import type { VariableDeclaration } from '../../../../../src/core/version/app.ts';
import type { EnvironmentDefinition } from '../../../../../src/core/environments/environment-definition.ts';
import { objectName } from '../../../../../src/core/labels.ts';
import { wantedWorkloads } from '../../../../../src/core/plan/wanted.ts';
import { type Workload, workloadKey } from '../../../../../src/core/version/workload.ts';
import { manifestOf } from '../../../core/version/identity-fixture.ts';
import { namespaceOf, recordOf, type Sketch } from '../../namespace-fixture.ts';

const theme: VariableDeclaration = { type: 'string', required: false, default: 'light' };
const v1 = manifestOf('v1', {
  web: { env: { THEME: theme }, calls: ['api'] },
  api: { env: { PAGE: theme } },
  plain: {},
});

/** The namespace with everything running that is wanted in it. */
function running(sketch: Sketch): NamespaceState {
  const state = namespaceOf(sketch);
  const wanted = wantedWorkloads(state.versions, environmentsByName(state));
  return { ...state, workloads: [...wanted.values()].map(({ workload }) => deployed(workload)) };
}

function deployed({ app, component, hash, definition }: Workload): DeployedWorkload {
  return {
    name: objectName.workload(app, component, hash),
    app,
    component,
    hash: hash.slice(0, 40),
    fullHash: hash,
    sourceHash: definition.sourceHash,
    image: definition.image,
    wantedBy: 'v1',
    commit: '',
    createdAt: '',
    replicas: 1,
    available: 1,
    ready: true,
  };
}

function keysOf(state: NamespaceState): string[] {
  return [...wantedWorkloads(state.versions, environmentsByName(state)).keys()].toSorted();
}

const anyVars = fc.dictionary(fc.constantFrom('THEME', 'PAGE', 'OTHER'), fc.constantFrom('light', 'dark'));
const anyState = fc
  .record({
    dev: anyVars,
    a: anyVars,
    b: anyVars,
    runsIn: fc.subarray(['dev', 'a', 'b']),
  })
  .map(({ dev, a, b, runsIn }) =>
    running({
      versions: [{ manifest: v1, runsIn }],
      environments: [
        { name: 'dev', vars: dev },
        { name: 'a', parent: 'dev', vars: a },
        { name: 'b', parent: 'a', vars: b },
      ],
    }),
  );
const anyPut = fc.record({
  name: fc.constantFrom('dev', 'a', 'b'),
  vars: anyVars,
});

describe('a plan', () => {
  it('makes exactly what is missing afterwards, and removes exactly what nothing wants then', () => {
    fc.assert(
      fc.property(anyState, anyPut, (state, { name, vars }) => {
        const known = state.environments.find(({ definition }) => definition.name === name)?.definition;
        const put: EnvironmentDefinition[] = [{ ...known, name, vars }];
        const plan = planChange(state, { put });
        const after = stateAfter(state, { put });
        const had = state.workloads.map(workloadKey);
        const wanted = keysOf(after);
        const made = plan.create.map(({ workload }) => workloadKey(workload));
        expect(made.toSorted()).toEqual(wanted.filter((key) => !had.includes(key)));
        expect(plan.remove.map(workloadKey).toSorted()).toEqual(
          had.filter((key) => !wanted.includes(key)).toSorted(),
        );
        expect(plan.remove).toEqual(unwantedWorkloads(after).map(({ workload }) => workload));
        expect(plan.pods.after).toBe(wanted.length);
      }),
    );
  });

  it('names the version that each workload is made for', () => {
    const state = running({ versions: [{ manifest: v1, runsIn: ['dev'] }], environments: [{ name: 'dev' }] });
    const { create } = planChange(state, { put: [{ name: 'dev', vars: { THEME: 'dark' } }] });
    expect(create.map(({ origin }) => origin)).toEqual([{ version: 'v1', commit: v1.commit }]);
  });

  it('waits for what runs already and is newly needed, and scales it where it has no pods', () => {
    const state = running({
      versions: [{ manifest: v1, runsIn: ['dev', 'a'] }],
      environments: [{ name: 'dev' }, { name: 'a', vars: { THEME: 'dark' } }],
    });
    const idle = { ...state, workloads: state.workloads.map((each) => ({ ...each, replicas: 0 })) };
    const put = [{ name: 'a', vars: {} }];
    expect(planChange(state, { put })).toMatchObject({ create: [], scale: [], keep: [{ component: 'web' }] });
    expect(planChange(idle, { put }).scale).toMatchObject([{ workload: { component: 'web' }, replicas: 1 }]);
  });

  it('leaves alone what a release holds on to', () => {
    const held = { name: 'prod', vars: { THEME: 'dark' }, configuration: 'digest' };
    const state = running({
      versions: [{ manifest: v1, runsIn: ['prod'] }],
      environments: [{ name: 'prod', vars: { THEME: 'dark' }, policy: 'stable' }],
      configurations: [{ app: 'shop', revision: 1, environment: held }],
      releases: { prod: { shop: recordOf('v1', { config: 'shop-config-prod-1' }) } },
    });
    expect(state.versions[0]?.held).toHaveLength(1);
    const plan = planChange(state, { put: [{ name: 'prod', vars: { THEME: 'blue' }, policy: 'stable' }] });
    expect(plan).toMatchObject({ create: [], remove: [], environments: [{ action: 'changed' }] });
  });

  it('makes nothing for a release of which the configuration is gone', () => {
    const environments = [{ name: 'prod', vars: { THEME: 'dark' }, policy: 'stable' as const }];
    const whole = running({ versions: [{ manifest: v1, runsIn: ['prod'] }], environments });
    const state = {
      ...whole,
      ...namespaceOf({
        versions: [{ manifest: v1, runsIn: ['prod'] }],
        environments,
        releases: { prod: { shop: recordOf('v1', { config: 'shop-config-prod-1' }) } },
      }),
      workloads: whole.workloads,
    };
    const plan = planChange(state, { put: [{ name: 'prod', vars: { THEME: 'blue' }, policy: 'stable' }] });
    expect(plan).toMatchObject({ create: [], remove: [], environments: [{ action: 'changed' }] });
  });

  it('removes nothing of an app of which something is missing', () => {
    const whole = running({
      versions: [{ manifest: v1, runsIn: ['dev'] }],
      environments: [{ name: 'dev', vars: { THEME: 'dark' } }],
    });
    const state = {
      ...whole,
      versions: whole.versions.map((each) => ({ ...each, runsIn: ['dev', 'vanished'] })),
    };
    const plan = planChange(state, { put: [{ name: 'dev', vars: {} }] });
    expect(plan.create).toHaveLength(1);
    expect(plan.remove).toEqual([]);
  });
});
