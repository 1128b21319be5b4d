// Step by step, a Deployment gets the pods that it wants, and enough of them always serve.
import { assert, boolean, constantFrom, integer, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import {
  planRollout,
  rolloutBounds,
  type RolloutPod,
} from '../../../../src/embedded/controllers/rollout-plan.ts';
import { deploymentSample } from './deployment-fixture.ts';

let serial = 0;

function pod(change: Partial<RolloutPod> = {}): RolloutPod {
  const isReady = change.isReady ?? true;
  serial += 1;
  return {
    name: `p${serial}`,
    isCurrent: true,
    isLeaving: false,
    isReady,
    isAvailable: isReady,
    createdAt: serial,
    ...change,
  };
}

test('missing pods are made; of too many go the unready ones first, then the youngest', () => {
  const [old, young, unready] = [pod(), pod(), pod({ isReady: false, createdAt: 0 })];
  expect(planRollout(deploymentSample({ replicas: 5 }), [old, young])).toEqual({ create: 3, end: [] });
  expect(planRollout(deploymentSample({ replicas: 2 }), [old, unready, young]).end).toEqual([unready.name]);
  expect(planRollout(deploymentSample({ replicas: 1 }), [old, unready, young]).end).toEqual([
    unready.name,
    young.name,
  ]);
  expect(planRollout(deploymentSample({ replicas: 0 }), [old]).end).toEqual([old.name]);
});

test('a pod that leaves no longer counts', () => {
  expect(planRollout(deploymentSample({ replicas: 1 }), [pod({ isLeaving: true })])).toEqual({
    create: 1,
    end: [],
  });
});

test('a new template makes its pods before it ends the old ones', () => {
  const deployment = deploymentSample({ replicas: 1 });
  const old = pod({ isCurrent: false });
  expect(planRollout(deployment, [old])).toEqual({ create: 1, end: [] });
  const coming = pod({ isReady: false });
  expect(planRollout(deployment, [old, coming])).toEqual({ create: 0, end: [] });
  expect(planRollout(deployment, [old, pod()])).toEqual({ create: 0, end: [old.name] });
});

test('old pods that serve nobody go at once', () => {
  const broken = pod({ isCurrent: false, isReady: false });
  expect(planRollout(deploymentSample({ replicas: 1 }), [broken])).toMatchObject({ end: [broken.name] });
});

test('Recreate ends all old pods, and waits for them, before it makes new ones', () => {
  const deployment = deploymentSample({ replicas: 2, strategy: { type: 'Recreate' } });
  const old = pod({ isCurrent: false });
  expect(planRollout(deployment, [old])).toEqual({ create: 0, end: [old.name] });
  expect(planRollout(deployment, [pod({ isCurrent: false, isLeaving: true })])).toEqual({
    create: 0,
    end: [],
  });
  expect(planRollout(deployment, [])).toEqual({ create: 2, end: [] });
  expect(planRollout(deployment, [pod({ isLeaving: true }), pod()])).toEqual({ create: 1, end: [] });
});

test('a paused Deployment begins no rollout', () => {
  expect(planRollout(deploymentSample({ replicas: 1, paused: true }), [pod({ isCurrent: false })])).toEqual({
    create: 0,
    end: [],
  });
});

test('whatever the bounds, a rollout reaches its end without going below or above them', () => {
  const bound = constantFrom<(number | string)[]>(0, 1, 2, '25%', '50%', '100%');
  const situations = record({
    replicas: integer({ min: 0, max: 6 }),
    before: integer({ min: 0, max: 6 }),
    maxSurge: bound,
    maxUnavailable: bound,
    fifo: boolean(),
  });
  assert(
    property(situations, ({ replicas, before, maxSurge, maxUnavailable, fifo }) => {
      const deployment = deploymentSample({
        replicas,
        strategy: { rollingUpdate: { maxSurge, maxUnavailable } },
      });
      const { surge, unavailable } = rolloutBounds(deployment);
      let pods = Array.from({ length: before }, () => pod({ isCurrent: false }));
      let serving = before;
      for (let step = 0; step < 100; step++) {
        const { create, end } = planRollout(deployment, pods);
        pods = pods.filter(({ name }) => !end.includes(name));
        pods.push(...Array.from({ length: create }, () => pod({ isReady: false })));
        const available = pods.filter(({ isAvailable }) => isAvailable).length;
        expect(available).toBeGreaterThanOrEqual(Math.min(serving, replicas - unavailable));
        expect(pods.length).toBeLessThanOrEqual(Math.max(before, replicas + surge));
        serving = available;
        const unready = pods.filter(({ isReady }) => !isReady);
        if (create === 0 && end.length === 0 && unready.length === 0) break;
        // One more becomes ready.
        const next = fifo ? unready[0] : unready.at(-1);
        pods = pods.map((one) => (one === next ? { ...one, isReady: true, isAvailable: true } : one));
      }
      expect(pods.map(({ isCurrent, isAvailable }) => isCurrent && isAvailable)).toEqual(
        Array.from({ length: replicas }, () => true),
      );
    }),
  );
});
