// Fabrics: computed once for environments that are alike, and never another's.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Environment } from '../../../../../src/core/environments/environment.ts';
import { Fabrics } from '../../../../../src/core/routing/table/fabric.ts';
import { workloadHashes } from '../../../../../src/core/version/identity.ts';
import { routedVersion } from '../../../../../src/core/routing/table/routed-version.ts';
import { workloadKey } from '../../../../../src/core/version/workload.ts';
import {
  anyDeclaredEnvironment,
  anyDeclaringSketches,
  anySecrets,
  anyVars,
} from '../../version/identity-environments-fixture.ts';
import { leaf, manifestOf, type Sketches } from '../../version/identity-fixture.ts';

/** What a version runs in an environment, worked out for that one alone. */
function workloadsIn(sketches: Sketches, environment: Environment): Record<string, string> {
  const hashes = workloadHashes(manifestOf('v1', sketches), environment);
  return Object.fromEntries(
    [...hashes].map(([component, hash]) => [component, workloadKey({ app: 'shop', component, hash })]),
  );
}

const anyLive = fc.record({ name: fc.constant('dev'), vars: anyVars, secrets: anySecrets });

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
        if ('gone' in change) known.delete(name);
        else known.set(name, change);
        fabrics.refresh(name);
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

test('an environment that goes on giving processes the same goes on running the same, which is worked out once', () => {
  fc.assert(
    fc.property(anyDeclaringSketches, anyLive, anyVars, (sketches, one, more) => {
      const known = new Map([['dev', one]]);
      const fabrics = new Fabrics(routedVersion(manifestOf('v1', sketches), []), (name) => known.get(name));
      /** What ran before and after values have been changed, and what is told to have been left. */
      const change = (vars: Environment['vars']) => {
        const before = fabrics.in('dev');
        const now = { ...one, vars: { ...one.vars, ...vars } };
        known.set('dev', now);
        const left = fabrics.refresh('dev');
        const after = fabrics.in('dev');
        expect(Object.fromEntries(after?.workloads ?? [])).toEqual(workloadsIn(sketches, now));
        return { before, left, after };
      };
      const byRequest = change({ GREETING: 'good day', UNDECLARED: 'z' });
      expect(byRequest.left).toBeUndefined();
      expect(byRequest.after).toBe(byRequest.before);
      const { before, left, after } = change(more);
      expect(left).toBe(after === before ? undefined : before);
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
