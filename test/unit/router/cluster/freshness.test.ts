// A watch is called deaf when what it lacks is known for sure, not when the API is slow.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Freshness } from '../../../../src/router/cluster/freshness.ts';

const period = 5_000;

/** An API that answers when it is told to, with the resource version that the object had when it was asked. */
function slowApi() {
  let version = '1';
  const waiting: (() => void)[] = [];
  let asked = 0;
  return {
    json: async <T>() => {
      asked += 1;
      const seen = version;
      await new Promise<void>((resolve) => waiting.push(resolve));
      return { metadata: { resourceVersion: seen } } as T;
    },
    change: (to: string) => {
      version = to;
    },
    asked: () => asked,
    answer: async () => {
      for (const resolve of waiting.splice(0)) resolve();
      await vi.advanceTimersByTimeAsync(0);
    },
  };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function check() {
  const api = slowApi();
  const watch = { known: '1', restarts: 0 };
  const freshness = new Freshness({
    api,
    path: '/configmaps',
    name: 'releases',
    watch: { versionOf: () => watch.known, restart: () => void (watch.restarts += 1) },
    log: () => undefined,
    period,
  });
  freshness.start();
  return { api, watch, freshness };
}

test('answers that are older than what the watch has delivered prove nothing', async () => {
  const { api, watch, freshness } = check();
  await vi.advanceTimersByTimeAsync(3 * period);
  expect(api.asked()).toBe(1);
  api.change('2');
  watch.known = '2';
  await api.answer();
  expect(freshness.isDeaf).toBe(false);
  await vi.advanceTimersByTimeAsync(period);
  await api.answer();
  expect({ isDeaf: freshness.isDeaf, restarts: watch.restarts }).toEqual({ isDeaf: false, restarts: 0 });
  freshness.stop();
});

test('a watch that lacks the same at two checks is deaf, until it has caught up', async () => {
  const { api, watch, freshness } = check();
  api.change('2');
  for (const isDeaf of [false, true]) {
    await vi.advanceTimersByTimeAsync(period);
    await api.answer();
    expect(freshness.isDeaf).toBe(isDeaf);
  }
  expect(watch.restarts).toBe(1);
  watch.known = '2';
  await vi.advanceTimersByTimeAsync(period);
  await api.answer();
  expect(freshness.isDeaf).toBe(false);
  freshness.stop();
});
