// While requests come in without a pause: no release and no deploy loses one, and none meets what was replaced.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReleaseResult } from '../../src/actions/release.ts';
import type { StatusResult } from '../../src/actions/status.ts';
import { eventually, Sandbox } from './sandbox.ts';
import { type Answer, SmallApp } from './small-app.ts';

let sandbox: Sandbox;
let app: SmallApp;
let edge: string;
beforeAll(async () => {
  sandbox = await Sandbox.create();
  app = await SmallApp.create(sandbox, 'shop');
  for (const name of ['v1', 'v2']) {
    await app.release(name);
    await app.json('deploy', name);
  }
  edge = (await app.json<StatusResult>('status')).router.url ?? '';
});
afterAll(async () => sandbox.remove(app.cwd));

/** One request: when it began, and who answered it with what. */
interface Sample {
  readonly startedAt: number;
  readonly status: number;
  readonly release: string;
}

/** Sends requests, several at a time and two of them slow, until it is stopped. */
function load(query: string): { stop(): Promise<Sample[]>; samples: Sample[] } {
  const samples: Sample[] = [];
  const stopping = new AbortController();
  const worker = async (path: string) => {
    while (!stopping.signal.aborted) {
      const startedAt = performance.now();
      const sample = await fetch(edge + path + query).then(
        async (response) => ({
          status: response.status,
          release: response.ok ? ((await response.json()) as Answer).release : await response.text(),
        }),
        (error: unknown) => ({ status: 0, release: String(error) }),
      );
      samples.push({ startedAt, ...sample });
    }
  };
  const workers = ['/', '/', '/', '/', '/', '/', '/slow', '/slow'].map(worker);
  return {
    samples,
    stop: async () => {
      stopping.abort();
      await Promise.all(workers);
      return samples;
    },
  };
}

function failures(samples: readonly Sample[]): Sample[] {
  return samples.filter(({ status }) => status !== 200);
}

describe('under load', () => {
  it('a release loses no request, and nothing old answers after its acknowledgement', async () => {
    await app.json('release', 'v1', '-e', 'flip');
    const running = load('?kf-ve=flip');
    for (const version of ['v2', 'v1', 'v2']) {
      await eventually(
        () => Promise.resolve(running.samples.length),
        (count) => count > 50,
      );
      const result = await app.json<ReleaseResult>('release', version, '-e', 'flip');
      const acknowledgedAt = performance.now();
      expect(result.routers).toEqual({ acked: 1, total: 1 });
      const later = () => running.samples.filter(({ startedAt }) => startedAt > acknowledgedAt);
      await eventually(
        () => Promise.resolve(later().length),
        (count) => count > 50,
      );
      expect(later().filter(({ release }) => release !== version)).toEqual([]);
    }
    expect(failures(await running.stop())).toEqual([]);
  });

  it('a version that follows a branch is replaced without a failed request, and its old pods leave', async () => {
    await app.release('monday');
    await app.json('deploy');
    await app.json('release', 'main', '-e', 'live');
    const old = await workloadOf('main');
    const running = load('?kf-ve=live');
    await app.release('tuesday');
    await app.json('deploy');
    const deployedAt = performance.now();
    const later = () => running.samples.filter(({ startedAt }) => startedAt > deployedAt);
    await eventually(
      () => Promise.resolve(later().length),
      (count) => count > 50,
    );
    await eventually(
      async () => (await app.json<StatusResult>('status')).workloads,
      (left) => {
        return left.every(({ hash }) => hash !== old);
      },
    );
    const samples = await running.stop();
    expect(failures(samples)).toEqual([]);
    expect(later().filter(({ release }) => release !== 'tuesday')).toEqual([]);
    expect(samples.some(({ release }) => release === 'monday')).toBe(true);
  });
});

/** Workload hash of a version's only component. */
async function workloadOf(version: string): Promise<string> {
  const { versions } = await app.json<StatusResult>('status');
  const found = versions.find(({ name }) => name === version);
  return Object.values(found?.environments ?? {})[0]?.components['web'] ?? '';
}
