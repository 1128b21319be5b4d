// Which pod a request goes to: the load is shared, failing pods are left out, and none gets more than it may.
import { array, assert, integer, property } from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { Endpoint } from '../../../../src/router/delivery/endpoint.ts';
import { pickEndpoint, type Wish } from '../../../../src/router/delivery/pick-endpoint.ts';

const made: Endpoint[] = [];
afterEach(async () => {
  await Promise.all(made.splice(0).map(async ({ pool }) => pool.destroy()));
});

function pods(count: number): Endpoint[] {
  const endpoints = Array.from(
    { length: count },
    (_, index) => new Endpoint(`p${index}`, `http://127.0.0.1:${index + 1}`),
  );
  made.push(...endpoints);
  return endpoints;
}

/** Numbers from 0 up to 1 that are the same in each run. */
function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const none: ReadonlySet<Endpoint> = new Set();
const wish: Wish = { tried: none, concurrency: 1_000, isRepeatable: true };

function isPod(picked: Endpoint | 'full' | undefined): picked is Endpoint {
  return typeof picked === 'object';
}

function leaveOut(endpoint: Endpoint, now: number): void {
  for (let index = 0; index < 3; index++) endpoint.health.failed(now, () => true);
}

describe('the load', () => {
  test('of requests that never end is nearly the same everywhere', () => {
    assert(
      property(integer({ min: 2, max: 20 }), integer(), (count, seed) => {
        const ready = pods(count);
        const random = chance(seed);
        for (let request = 0; request < count * 50; request++) {
          const picked = pickEndpoint(ready, wish, 0, random);
          if (isPod(picked)) picked.busy += 1;
        }
        const loads = ready.map(({ busy }) => busy);
        // Any pod at random would differ by about 40.
        expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(12);
        expect(loads.reduce((sum, load) => sum + load)).toBe(count * 50);
      }),
      { numRuns: 50 },
    );
  });

  test('goes past a pod that is slow', () => {
    const ready = pods(4);
    const [slow] = ready;
    if (slow === undefined) throw new Error('no pods');
    const random = chance(1);
    const taken = new Map<Endpoint, number>();
    for (let request = 0; request < 1_000; request++) {
      const picked = pickEndpoint(ready, wish, 0, random);
      if (!isPod(picked)) throw new Error('none');
      taken.set(picked, (taken.get(picked) ?? 0) + 1);
      // Only the slow one never comes to an end.
      if (picked === slow) picked.busy += 1;
    }
    expect(taken.get(slow)).toBeLessThanOrEqual(2);
  });
});

describe('room', () => {
  test('is found in whichever pod has some', () => {
    assert(
      property(
        array(integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 8 }),
        integer(),
        (work, seed) => {
          const ready = pods(work.length);
          ready.forEach((each, index) => (each.working = work[index] ?? 0));
          const picked = pickEndpoint(ready, { ...wish, concurrency: 3 }, 0, chance(seed));
          const hasRoom = isPod(picked) && picked.working < 3;
          expect(hasRoom).toBe(work.some((each) => each < 3));
          expect(picked === 'full').toBe(!hasRoom);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('is not asked of pods that are no more to try', () => {
    const ready = pods(2);
    expect(pickEndpoint(ready, { ...wish, tried: new Set(ready) }, 0, chance(1))).toBeUndefined();
    expect(pickEndpoint([], wish, 0, chance(1))).toBeUndefined();
  });
});

describe('a pod that is left out', () => {
  test('gets nothing until its time has come, and then one request that can be repeated', () => {
    const ready = pods(2);
    const [failing, well] = ready;
    if (failing === undefined) throw new Error('no pods');
    leaveOut(failing, 0);
    const random = chance(1);
    for (let index = 0; index < 50; index++) expect(pickEndpoint(ready, wish, 999, random)).toBe(well);
    expect(pickEndpoint(ready, { ...wish, isRepeatable: false }, 1_000, random)).toBe(well);
    expect(pickEndpoint(ready, wish, 1_000, random)).toBe(failing);
    failing.health.beginProbe();
    expect(pickEndpoint(ready, wish, 1_000, random)).toBe(well);
  });

  test('is better than none', () => {
    const ready = pods(2);
    const [failing, well] = ready;
    if (failing === undefined || well === undefined) throw new Error('no pods');
    leaveOut(failing, 0);
    expect(pickEndpoint(ready, { ...wish, tried: new Set([well]) }, 1, chance(1))).toBe(failing);
  });
});
