// Step by step, a Deployment's ReplicaSets get the sizes that it wants, and enough pods always serve.
import { assert, constantFrom, integer, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import type { DeploymentSpec } from '../../../../src/embedded/controllers/deployment.ts';
import {
  planRollout,
  rolloutBounds,
  type SizedSet,
} from '../../../../src/embedded/controllers/rollout-plan.ts';
import { deploymentSample } from './deployment-fixture.ts';

function sized(name: string, replicas: number, more: Partial<SizedSet> = {}): SizedSet {
  return { name, replicas, available: replicas, hasPods: replicas > 0, ...more };
}

function sizes(spec: Partial<DeploymentSpec>, current: SizedSet | undefined, ...old: SizedSet[]) {
  const step = planRollout(deploymentSample(spec), current, old);
  return { ...Object.fromEntries(step.sizes), ...(step.newSize === undefined ? {} : { new: step.newSize }) };
}

const recreate: Partial<DeploymentSpec> = { strategy: { type: 'Recreate' } };

test('the first ReplicaSet gets all that is wanted; a later one as many as may be added', () => {
  expect(sizes({ replicas: 3 }, undefined)).toEqual({ new: 3 });
  expect(sizes({ replicas: 4 }, undefined, sized('a', 4))).toEqual({ new: 1 });
  expect(sizes({ replicas: 0 }, undefined)).toEqual({ new: 0 });
});

test('old pods go when enough others serve, those that don’t serve first', () => {
  const spec = { replicas: 4 };
  const fresh = sized('b', 1, { available: 0 });
  expect(sizes(spec, fresh, sized('a', 4))).toEqual({ a: 3 });
  expect(sizes(spec, fresh, sized('a', 4, { available: 2 }))).toEqual({ a: 3 });
  expect(sizes(spec, sized('b', 1), sized('a', 4))).toEqual({ a: 2 });
  expect(sizes(spec, sized('b', 4), sized('a', 1))).toEqual({ a: 0 });
  expect(sizes(spec, sized('b', 4), sized('a', 0))).toEqual({});
});

test('scaling changes the one set that has pods', () => {
  const scaled = (replicas: number) => sized('b', replicas, { desired: replicas, max: replicas + 1 });
  expect(sizes({ replicas: 5 }, scaled(2), sized('a', 0))).toEqual({ b: 5 });
  expect(sizes({ replicas: 0 }, scaled(2))).toEqual({ b: 0 });
});

test('in the middle of a rollout, scaling gives each set its share', () => {
  const old = sized('a', 8, { desired: 10, max: 13 });
  const current = sized('b', 5, { desired: 10, max: 13, available: 0 });
  const after = sizes({ replicas: 15 }, current, old);
  expect(after).toEqual({ a: 12, b: 7 });
});

test('a paused Deployment is only scaled', () => {
  const spec = { replicas: 2, paused: true };
  expect(sizes(spec, undefined)).toEqual({});
  expect(sizes(spec, undefined, sized('a', 1))).toEqual({ a: 2 });
  expect(sizes(spec, sized('b', 1), sized('a', 1))).toEqual({ b: 2 });
});

test('Recreate: all old pods have ended before the first new one comes', () => {
  expect(sizes(recreate, undefined, sized('a', 1))).toEqual({ a: 0 });
  expect(sizes(recreate, undefined, sized('a', 0, { hasPods: true }))).toEqual({});
  expect(sizes(recreate, undefined, sized('a', 0))).toEqual({ new: 1 });
});

function bounds(replicas: number, rollingUpdate: object) {
  return rolloutBounds(deploymentSample({ replicas, strategy: { type: 'RollingUpdate', rollingUpdate } }));
}

test('bounds are numbers or percentages; never both zero', () => {
  expect(bounds(10, {})).toEqual({ surge: 3, unavailable: 2 });
  expect(bounds(1, {})).toEqual({ surge: 1, unavailable: 0 });
  expect(bounds(4, { maxSurge: 0, maxUnavailable: 0 })).toEqual({ surge: 0, unavailable: 1 });
  expect(bounds(4, { maxSurge: '50%', maxUnavailable: 1 })).toEqual({ surge: 2, unavailable: 1 });
});

test('whatever the bounds, a rollout ends, and on its way neither too many nor too few pods are wanted', () => {
  const cases = record({
    wanted: integer({ min: 1, max: 12 }),
    before: integer({ min: 1, max: 12 }),
    surge: constantFrom<number | string>(0, 1, 3, '25%', '100%'),
    unavailable: constantFrom<number | string>(1, 2, '25%', '100%'),
  });
  assert(
    property(cases, ({ wanted, before, surge, unavailable }) => {
      const deployment = deploymentSample({
        replicas: wanted,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: surge, maxUnavailable: unavailable } },
      });
      const limits = rolloutBounds(deployment);
      let old = sized('a', before);
      let current: SizedSet | undefined;
      for (let step = 0; step < 200; step++) {
        const plan = planRollout(deployment, current, [old]);
        if (plan.newSize !== undefined) current = sized('b', plan.newSize, { available: 0 });
        else if (plan.sizes.size > 0) {
          old = sized('a', plan.sizes.get('a') ?? old.replicas);
          if (current !== undefined)
            current = { ...current, replicas: plan.sizes.get('b') ?? current.replicas };
        } else if (current !== undefined && current.available < current.replicas) {
          current = { ...current, available: current.available + 1 };
        } else break;
        const total = old.replicas + (current?.replicas ?? 0);
        const serving = old.available + Math.min(current?.available ?? 0, current?.replicas ?? 0);
        expect(total).toBeLessThanOrEqual(Math.max(before, wanted + limits.surge));
        expect(serving).toBeGreaterThanOrEqual(Math.min(before, wanted - limits.unavailable));
      }
      expect([old.replicas, current?.replicas, current?.available]).toEqual([0, wanted, wanted]);
    }),
  );
});
