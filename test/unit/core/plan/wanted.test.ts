// Wanted workloads: what versions want where they run, and what releases hold on to.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Environment } from '../../../../src/core/environments/environment.ts';
import {
  environmentFor,
  environmentsOf,
  type HeldConfiguration,
  type RunningVersion,
  versionsOf,
  wantedWorkloads,
} from '../../../../src/core/plan/wanted.ts';
import { workloadKey, workloadsOf } from '../../../../src/core/version/workload.ts';
import { anyDeclaringSketches, anySecrets, anyVars } from '../version/identity-environments-fixture.ts';
import { leaf, manifestOf } from '../version/identity-fixture.ts';

const environmentNames = ['dev', 'prod', 'gone'];

const anyKnown: fc.Arbitrary<ReadonlyMap<string, Environment>> = fc.tuple(anyVars, anyVars, anySecrets).map(
  ([dev, prod, secrets]) =>
    new Map([
      ['dev', { name: 'dev', vars: dev, secrets }],
      ['prod', { name: 'prod', vars: prod }],
    ]),
);

const anyHeld: fc.Arbitrary<HeldConfiguration[]> = fc.array(
  fc.record({
    environment: fc
      .tuple(fc.constantFrom(...environmentNames), anyVars)
      .map(([name, vars]) => ({ name, vars, configuration: JSON.stringify(vars) })),
    isInForce: fc.boolean(),
  }),
  { maxLength: 3 },
);

const anyVersions: fc.Arbitrary<RunningVersion[]> = fc
  .array(
    fc.record(
      { sketches: anyDeclaringSketches, runsIn: fc.subarray(environmentNames), held: anyHeld },
      { requiredKeys: ['sketches', 'runsIn'] },
    ),
    { maxLength: 3 },
  )
  .map((all) =>
    all.map(({ sketches, runsIn, held }, index) => ({
      manifest: manifestOf(`v${index}`, sketches),
      runsIn,
      ...(held === undefined ? {} : { held }),
    })),
  );

describe('wanted workloads', () => {
  test('are those of every version where it runs, as it is in force there, and of all that its releases hold on to', () => {
    fc.assert(
      fc.property(anyVersions, anyKnown, (versions, known) => {
        const expected = new Set<string>();
        for (const { manifest, runsIn, held = [] } of versions) {
          const inForce = (name: string) =>
            held.find(({ environment, isInForce }) => isInForce && environment.name === name)?.environment ??
            known.get(name);
          const environments = [
            ...runsIn.flatMap((name) => inForce(name) ?? []),
            ...held.map(({ environment }) => environment),
          ];
          for (const environment of environments)
            for (const workload of workloadsOf(manifest, environment).values())
              expected.add(workloadKey(workload));
        }
        expect([...wantedWorkloads(versions, known).keys()].toSorted()).toEqual([...expected].toSorted());
      }),
      { numRuns: 300 },
    );
  });

  test('of a release stay the same whatever becomes of its environment', () => {
    fc.assert(
      fc.property(anyDeclaringSketches, anyKnown, anyKnown, anyVars, (sketches, before, after, vars) => {
        const environment = { name: 'prod', vars, configuration: 'c' };
        const released = {
          manifest: manifestOf('v1', sketches),
          runsIn: ['prod'],
          held: [{ environment, isInForce: true }],
        };
        const own = [...workloadsOf(released.manifest, environment).values()].map(workloadKey);
        for (const known of [before, after, new Map<string, Environment>()])
          expect([...wantedWorkloads([released], known).keys()].toSorted()).toEqual(own.toSorted());
      }),
    );
  });

  test('know each who wants them, with what each says, and the most pods', () => {
    const known = new Map(['dev', 'prod'].map((name) => [name, { name, vars: {} }]));
    const versions = [
      { manifest: manifestOf('v1', { web: { ...leaf, replicas: 3 } }), runsIn: ['dev', 'prod'] },
      { manifest: manifestOf('v2', { web: leaf }), runsIn: ['prod', 'gone'] },
    ];
    const [only, another] = wantedWorkloads(versions, known).values();
    expect(another).toBeUndefined();
    expect(only?.wants).toEqual([
      { version: 'v1', environment: 'dev' },
      { version: 'v1', environment: 'prod' },
      { version: 'v2', environment: 'prod' },
    ]);
    expect(only?.definitions.map(({ replicas }) => replicas)).toEqual([3, 3, 1]);
    expect(only?.replicas).toBe(3);
    expect(versionsOf(only?.wants ?? [])).toEqual(['v1', 'v2']);
  });
});

describe('the environments of a version', () => {
  const live = { name: 'prod', vars: { COLOR: 'live' } };
  const known = new Map([['prod', live]]);
  const first = { name: 'prod', vars: { COLOR: 'first' }, configuration: '1' };
  const second = { name: 'prod', vars: { COLOR: 'second' }, configuration: '2' };

  test('are what its release holds on to, as long as that is in force, and then what a rollback would return to', () => {
    const held = [
      { environment: second, isInForce: true },
      { environment: first, isInForce: false },
    ];
    expect(environmentFor({ held }, 'prod', known)).toBe(second);
    expect(environmentsOf({ runsIn: ['prod'], held }, known)).toEqual([second, first]);
  });

  test('are what is said now where only a rollback would return to something else', () => {
    const held = [{ environment: first, isInForce: false }];
    expect(environmentFor({ held }, 'prod', known)).toBe(live);
    expect(environmentsOf({ runsIn: ['prod'], held }, known)).toEqual([live, first]);
  });

  test('are none where what its release holds on to is gone, whatever is said now', () => {
    expect(environmentFor({ lost: ['prod'] }, 'prod', known)).toBeUndefined();
    expect(environmentsOf({ runsIn: ['prod'], lost: ['prod'] }, known)).toEqual([]);
  });

  test('are none where it runs in one that nobody knows', () => {
    expect(environmentFor({}, 'gone', known)).toBeUndefined();
    expect(environmentsOf({ runsIn: ['gone'] }, known)).toEqual([]);
  });
});
