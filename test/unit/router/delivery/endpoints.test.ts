// Endpoints: which pods there are, and what is remembered of workloads.
import { afterEach, describe, expect, test } from 'vitest';
import { Endpoints } from '../../../../src/router/delivery/endpoints.ts';
import type { WorkloadPods } from '../../../../src/router/delivery/workload-pods.ts';

let endpoints = new Endpoints();
afterEach(async () => {
  await endpoints.destroy();
  endpoints = new Endpoints();
});

const origin = (port: number) => `http://127.0.0.1:${port}`;
const anyPod = { tried: new Set<never>(), concurrency: 1_000, isRepeatable: true };

function take(pods: WorkloadPods) {
  const endpoint = pods.take(anyPod);
  if (endpoint === undefined || endpoint === 'full') throw new Error(`took ${endpoint}`);
  return endpoint;
}

describe('pods of a workload', () => {
  test('are taken when they are ready, and only for that workload', () => {
    endpoints.set('w', 'coming', undefined);
    endpoints.set('other', 'p', origin(1));
    const pods = endpoints.enter('w');
    expect(pods.take(anyPod)).toBeUndefined();
    expect(endpoints.hasPods('w')).toBe(true);
    endpoints.set('w', 'coming', origin(2));
    expect(take(pods)).toMatchObject({ pod: 'coming', origin: origin(2), busy: 1, working: 1 });
    endpoints.set('w', 'coming', undefined);
    expect(pods.take(anyPod)).toBeUndefined();
    endpoints.delete('w', 'coming');
    expect(endpoints.hasPods('w')).toBe(false);
  });

  test('keep their connections while their address stays', () => {
    endpoints.set('w', 'a', origin(1));
    const pods = endpoints.enter('w');
    const before = take(pods);
    endpoints.set('w', 'a', origin(1));
    expect(take(pods)).toBe(before);
    endpoints.set('w', 'a', origin(2));
    expect(take(pods)).not.toBe(before);
  });

  test('are the same for whoever has entered, whatever comes and goes', () => {
    const pods = endpoints.enter('w');
    endpoints.set('w', 'a', origin(1));
    endpoints.delete('w', 'a');
    endpoints.set('w', 'b', origin(2));
    expect(endpoints.enter('w')).toBe(pods);
    expect(take(pods).pod).toBe('b');
  });

  test('are forgotten once nobody holds on to them, and none is left', () => {
    const pods = endpoints.enter('w');
    endpoints.leave('w');
    expect(endpoints.enter('w')).not.toBe(pods);
    endpoints.leave('w');
    endpoints.set('w', 'a', origin(1));
    const known = endpoints.enter('w');
    endpoints.leave('w');
    expect(endpoints.enter('w')).toBe(known);
  });
});

describe('a change', () => {
  test('is told once, to those who wait for that workload', () => {
    let calls = 0;
    endpoints.enter('w').onChange(() => (calls += 1));
    endpoints.set('other', 'p', undefined);
    expect(calls).toBe(0);
    endpoints.set('w', 'p', undefined);
    endpoints.set('w', 'p', origin(1));
    expect(calls).toBe(1);
  });

  test('is not told to those who have left', () => {
    let calls = 0;
    endpoints.enter('w').onChange(() => (calls += 1))();
    endpoints.set('w', 'p', origin(1));
    expect(calls).toBe(0);
  });
});
