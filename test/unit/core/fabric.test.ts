// Fabrics: computed once for environments that are alike, and never another's.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Environment } from '../../../src/core/environment.ts';
import { Fabrics } from '../../../src/core/fabric.ts';
import { workloadHashes } from '../../../src/core/identity.ts';
import { routedVersion } from '../../../src/core/routed-version.ts';
import { workloadKey } from '../../../src/core/workload.ts';
import { anyDeclaredEnvironment, anyDeclaringSketches, anyVars } from './identity-environments-fixture.ts';
import { leaf, manifestOf, type Sketches } from './identity-fixture.ts';

/** What a version runs in an environment, worked out for that one alone. */
function workloadsIn(sketches: Sketches, environment: Environment): Record<string, string> {
  const hashes = workloadHashes(manifestOf('v1', sketches), environment);
  return Object.fromEntries(
    [...hashes].map(([component, hash]) => [component, workloadKey({ app: 'shop', component, hash })]),
  );
}

test('each environment has its own workloads, however environments come, change and go', () => {
  const anyChanges = fc.array(
    fc.oneof(anyDeclaredEnvironment, fc.record({ gone: fc.constantFrom('dev', 'team-a') })),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(anyDeclaringSketches, anyChanges, (sketches, changes) => {
      const known = new Map<string, Environment>();
      const fabrics = new Fabrics(routedVersion(manifestOf('v1', sketches), []), (name) => known.get(name));
      for (const change of changes) {
        const name = 'gone' in change ? change.gone : change.name;
        fabrics.forget(name);
        if ('gone' in change) known.delete(name);
        else known.set(name, change);
        const all = [...fabrics.across(known.keys())];
        expect(all.flatMap(({ environments }) => [...environments]).toSorted()).toEqual(
          [...known.keys()].toSorted(),
        );
        for (const { workloads, environments } of all) {
          for (const each of environments) {
            const environment = known.get(each);
            expect(environment && workloadsIn(sketches, environment)).toEqual(Object.fromEntries(workloads));
          }
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('what differs only in what no process declares is worked out once', () => {
  fc.assert(
    fc.property(fc.array(anyVars, { minLength: 1, maxLength: 5 }), (all) => {
      const request = { type: 'string', required: false, bind: 'request' } as const;
      const components = { web: { ...leaf, forwards: true, env: { GREETING: request } } };
      const known = new Map(all.map((vars, index) => [`ve${index}`, { name: `ve${index}`, vars }]));
      const fabrics = new Fabrics(routedVersion(manifestOf('v1', components), []), (name) => known.get(name));
      expect([...fabrics.across(known.keys())]).toHaveLength(1);
      expect(new Set([...known.keys()].map((name) => fabrics.in(name)?.workloads)).size).toBe(1);
    }),
  );
});
