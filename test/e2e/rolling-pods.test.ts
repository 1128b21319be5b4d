// Pods are replaced while requests come in without a pause: no request fails, however the pods end.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StatusResult } from '../../src/actions/status.ts';
import { eventually, Sandbox } from './sandbox.ts';
import { type Answer, serverOf, SmallApp } from './small-app.ts';

let sandbox: Sandbox;
let edge: string;
let app: SmallApp;
beforeAll(async () => {
  sandbox = await Sandbox.create();
  app = await SmallApp.create(sandbox, 'shop');
});
afterAll(async () => sandbox.remove(app.cwd));

/** A server that ends at once when it is told to, with whatever it was working on. */
function hastyServerOf(release: string): string {
  return serverOf(release).replace(
    /process\.on\('SIGTERM'[\s\S]*?\n\}\);\n/,
    "process.on('SIGTERM', () => process.exit());\n",
  );
}

async function commitRelease(name: string, source: string): Promise<void> {
  await app.write('web/server.js', source);
  await app.configure({ web: { routes: ['PathPrefix(`/`)'], replicas: 2 } });
  await app.commit(name);
}

/** Sends requests, several at a time, until it is stopped. */
function load(query: string, methods: readonly string[]) {
  const releases: string[] = [];
  const pids = new Set<number>();
  const failures: string[] = [];
  const stopping = new AbortController();
  const ask = async (method: string) => {
    const response = await fetch(`${edge}/${query}`, { method });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${response.status} ${text}`);
    const answer = JSON.parse(text) as Answer;
    releases.push(answer.release);
    pids.add(answer.pid);
  };
  const workers = methods.map(async (method) => {
    while (!stopping.signal.aborted) {
      await ask(method).catch((error: unknown) => failures.push(`${method} ${String(error)}`));
    }
  });
  return {
    releases,
    pids,
    stop: async () => {
      stopping.abort();
      await Promise.all(workers);
      return failures;
    },
  };
}

async function come(running: { readonly releases: readonly string[] }, isIt: () => boolean): Promise<void> {
  const from = running.releases.length;
  await eventually(
    () => Promise.resolve(running.releases.length > from + 50 && isIt()),
    (is) => is,
  );
}

describe('under load', () => {
  it.each([
    ['end well', serverOf],
    ['end at once', hastyServerOf],
  ])('pods that %s are replaced by those of the next commit without a failed request', async (_, source) => {
    await commitRelease('monday', source('monday'));
    await app.json('deploy');
    await app.json('release', 'main', '-e', 'live');
    edge = (await app.json<StatusResult>('status')).router.url ?? '';
    const running = load('?kf-ve=live', ['GET', 'GET', 'GET', 'POST', 'POST', 'PUT']);
    await come(running, () => running.releases.includes('monday'));
    await commitRelease('tuesday', source('tuesday'));
    await app.json('deploy');
    await come(running, () => running.releases.at(-1) === 'tuesday');
    await eventually(
      async () => (await app.json<StatusResult>('status')).workloads,
      (workloads) => workloads.length === 1,
    );
    await come(running, () => true);
    expect(await running.stop()).toEqual([]);
  });

  it('a process that is killed takes no request with it that can be repeated', async () => {
    await commitRelease('steady', serverOf('steady'));
    await app.json('deploy');
    await app.json('release', 'main', '-e', 'live');
    edge = (await app.json<StatusResult>('status')).router.url ?? '';
    const running = load('?kf-ve=live', ['GET', 'GET', 'GET', 'GET', 'PUT', 'DELETE']);
    await come(running, () => running.releases.at(-1) === 'steady');
    running.pids.clear();
    await come(running, () => running.pids.size === 2);
    const pids = Array.from(running.pids);
    for (const pid of pids) {
      process.kill(pid, 'SIGKILL');
      const known = running.pids.size;
      await come(running, () => running.pids.size > known);
    }
    expect(await running.stop()).toEqual([]);
  });
});
