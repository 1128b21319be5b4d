// Passive ejection: when a pod is left out, for how long, and how it comes back.
import { afterEach, describe, expect, test } from 'vitest';
import type { Endpoint } from '../../../../src/router/delivery/endpoint.ts';
import { PodHealth } from '../../../../src/router/delivery/pod-health.ts';
import { WorkloadPods } from '../../../../src/router/delivery/workload-pods.ts';

const always = () => true;

function fail(health: PodHealth, times: number, now = 0): void {
  for (let index = 0; index < times; index++) health.failed(now, always);
}

describe('a pod', () => {
  test('is left out after three failures in a row', () => {
    const health = new PodHealth();
    fail(health, 2);
    expect(health.isWell).toBe(true);
    health.succeeded();
    fail(health, 2);
    expect(health.isWell).toBe(true);
    fail(health, 1);
    expect(health.isWell).toBe(false);
  });

  test('is left out longer each time it fails the request that was to see, up to 30 s', () => {
    const health = new PodHealth();
    fail(health, 3);
    let now = 0;
    const times: number[] = [];
    for (let round = 0; round < 7; round++) {
      const until = health.leftOutUntil ?? 0;
      times.push(until - now);
      now = until;
      expect(health.mayProbe(now - 1, true)).toBe(false);
      expect(health.mayProbe(now, true)).toBe(true);
      health.beginProbe();
      expect(health.mayProbe(now, true)).toBe(false);
      health.failed(now, always);
    }
    expect(times).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  });

  test('that answers is well again, and begins anew', () => {
    const health = new PodHealth();
    fail(health, 3);
    health.beginProbe();
    fail(health, 1, 1_000);
    expect(health.leftOutUntil).toBe(3_000);
    health.beginProbe();
    health.succeeded();
    expect(health.isWell).toBe(true);
    fail(health, 3, 5_000);
    expect(health.leftOutUntil).toBe(6_000);
  });

  test('is not left out for longer because of requests that were under way before', () => {
    const health = new PodHealth();
    fail(health, 3);
    fail(health, 20, 500);
    expect(health.leftOutUntil).toBe(1_000);
  });

  test('is tried by a request that can not be repeated only when no other one has come for long', () => {
    const health = new PodHealth();
    fail(health, 3);
    expect(health.mayProbe(30_999, false)).toBe(false);
    expect(health.mayProbe(31_000, false)).toBe(true);
  });

  test('is tried again when the request that was to see ended without telling anything', () => {
    const health = new PodHealth();
    fail(health, 3);
    health.beginProbe();
    health.endProbe();
    expect(health.mayProbe(1_000, true)).toBe(true);
  });
});

describe('of the pods of a workload', () => {
  let pods = new WorkloadPods({ now: () => 0, random: () => 0 });
  afterEach(async () => {
    await pods.destroy();
    pods = new WorkloadPods({ now: () => 0, random: () => 0 });
  });

  function run(count: number): Endpoint[] {
    const endpoints: Endpoint[] = [];
    for (let index = 0; index < count; index++) pods.set(`p${index}`, `http://127.0.0.1:${index + 1}`);
    for (let index = 0; index < count; index++) {
      const tried = new Set(endpoints);
      const endpoint = pods.take({ tried, concurrency: 1, isRepeatable: true });
      if (typeof endpoint === 'object') endpoints.push(endpoint);
    }
    return endpoints;
  }

  for (const [count, most] of [
    [1, 0],
    [2, 1],
    [3, 1],
    [4, 2],
    [7, 3],
  ] as const)
    test(`of ${count}, ${most} may be left out at once`, () => {
      const endpoints = run(count);
      expect(endpoints).toHaveLength(count);
      for (const endpoint of endpoints) for (let index = 0; index < 5; index++) pods.failed(endpoint);
      expect(endpoints.filter(({ health }) => !health.isWell)).toHaveLength(most);
    });

  test('those that are too many come back when others leave', () => {
    const endpoints = run(4);
    for (const endpoint of endpoints) for (let index = 0; index < 5; index++) pods.failed(endpoint);
    const well = endpoints.filter(({ health }) => health.isWell);
    for (const { pod } of well) pods.delete(pod);
    const left = endpoints.filter((each) => !well.includes(each));
    expect(left.filter(({ health }) => health.isWell)).toHaveLength(1);
  });

  test('one that becomes ready anew is well', () => {
    const [failing] = run(2);
    if (failing === undefined) throw new Error('no pods');
    for (let index = 0; index < 3; index++) pods.failed(failing);
    expect(failing.health.isWell).toBe(false);
    pods.set(failing.pod, undefined);
    pods.set(failing.pod, failing.origin);
    const [anew] = run(2).filter(({ pod }) => pod === failing.pod);
    expect(anew?.health.isWell).toBe(true);
  });
});
