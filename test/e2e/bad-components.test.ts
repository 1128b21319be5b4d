// Components that can't be built or don't run: the cause is shown, and nothing of it stays in the way.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PruneResult } from '../../src/actions/prune.ts';
import type { StatusResult } from '../../src/actions/status.ts';
import { flaws } from './refusal.ts';
import { startFox } from './running-fox.ts';
import { eventually, Sandbox } from './sandbox.ts';
import { type Answer, serverOf, SmallApp } from './small-app.ts';

let sandbox: Sandbox;
let app: SmallApp;
beforeAll(async () => {
  sandbox = await Sandbox.create();
  app = await SmallApp.create(sandbox, 'shop');
  await app.release('good');
  await app.json('deploy', 'good');
});
afterAll(async () => sandbox.remove(app.cwd));

async function status(): Promise<StatusResult> {
  return app.json<StatusResult>('status');
}

async function workloadNames(): Promise<string[]> {
  return (await status()).workloads.map(({ name }) => name);
}

/** The version isn't there, and the one that was there before still answers. */
async function expectWithout(version: string): Promise<void> {
  const { versions, router } = await status();
  expect(versions.map(({ name }) => name)).not.toContain(version);
  const answer = await fetch(`${router.url}/?kf-dep=good`);
  expect(((await answer.json()) as Answer).release).toBe('good');
}

describe('a component that does not run', () => {
  it('exits at once', async () => {
    await app.release('x', 'console.error("no database here"); process.exit(3)');
    const ended = await app.fox('deploy', 'v1');
    expect(
      flaws(ended, 1, "web doesn't run: its process ended with exit code 3", 'no database here'),
    ).toEqual([]);
    await expectWithout('v1');
  });

  it('prints a lot before it dies', async () => {
    const noise = 'for (let i = 1; i <= 50000; i++) console.log("line " + i + "x".repeat(100))';
    await app.release('x', `${noise}; console.log("last words"); process.exitCode = 7`);
    const ended = await app.fox('deploy', 'v1');
    expect(flaws(ended, 1, 'its process ended with exit code 7', 'last words', 'line 49999')).toEqual([]);
    expect(ended.stderr.split('\n').length).toBeLessThan(40);
  });

  it('never listens', async () => {
    await app.release('x', 'console.log("busy"); setInterval(() => {}, 1000)');
    const ended = await app.fox('deploy', 'v1', '--timeout', '5s');
    expect(flaws(ended, 4, "web isn't ready after 5 s: nothing listens on port", 'busy', '$PORT')).toEqual(
      [],
    );
  });

  it('listens on another port, which is named', async () => {
    await app.release(
      'x',
      `const server = require('net').createServer().listen(0, '127.0.0.1', () =>
        require('fs').writeFileSync(${JSON.stringify(sandbox.path('port'))}, String(server.address().port)));`,
    );
    const ended = await app.fox('deploy', 'v1', '--timeout', '5s');
    const port = await readFile(sandbox.path('port'), 'utf8');
    const named = process.platform === 'linux' ? [`it listens on ${port} instead`] : [];
    expect(flaws(ended, 4, 'nothing listens on port', ...named)).toEqual([]);
  });

  it.each([
    [['no-such-program', 'server.js'], 'command "no-such-program" was not found in PATH'],
    [['./run.sh'], 'command "./run.sh" was not found'],
  ])('has a command that is not there: %j', async (command, text) => {
    await app.configure({ web: { command } });
    await app.commit();
    const ended = await app.fox('deploy', 'v1');
    expect(flaws(ended, 1, `web doesn't run: ${text}`)).toEqual([]);
    expect(ended.stderr).not.toContain('$PORT');
  });

  it('leaves with prune, and the next deploy of that name succeeds', async () => {
    await app.configure({ web: { command: ['no-such-program'] } });
    await app.commit();
    expect((await app.fox('deploy', 'v1')).code).toBe(1);
    const { items } = await app.json<PruneResult>('prune', '--dry-run');
    const workloads = items.filter(({ type }) => type === 'workload');
    expect(workloads.length).toBeGreaterThan(0);
    for (const { reason } of workloads) expect(reason).toContain('never finished deploying');
    await app.json<PruneResult>('prune');
    await app.release('v1');
    expect((await app.fox('deploy', 'v1')).code).toBe(0);
    await app.json('delete', 'v1');
    await expectWithout('v1');
  });
});

async function building(command: string, source = serverOf('built')): Promise<void> {
  await app.write('web/server.js', source);
  await app.configure({ web: { routes: ['PathPrefix(`/`)'], build: { command } } });
  await app.commit();
}

describe('a build command', () => {
  it('that fails shows its last lines, and nothing reaches the cluster', async () => {
    const before = await workloadNames();
    await building('for i in $(seq 1 99); do echo step $i; done; echo it broke >&2; exit 4');
    const ended = await app.fox('deploy', 'unbuilt');
    expect(flaws(ended, 1, 'the build of web failed', 'exited with code 4', 'step 99\n', 'it broke')).toEqual(
      [],
    );
    expect(ended.stderr).not.toContain('step 9\n');
    expect(await workloadNames()).toEqual(before);
    await expectWithout('unbuilt');
  });

  it('that is not there says so', async () => {
    await building('no-such-tool --fast');
    const ended = await app.fox('deploy', 'unbuilt');
    expect(flaws(ended, 1, 'exited with code 127', 'was not found')).toEqual([]);
  });

  it('puts what it writes into the image, and nothing into the work tree', async () => {
    const source = serverOf('built').replace(
      'release: "built"',
      `release: require('fs').readFileSync('made', 'utf8')`,
    );
    await building('printf by-the-build > made', source);
    const { url } = await app.json<{ url: string }>('deploy', 'built');
    expect(((await (await fetch(url)).json()) as Answer).release).toBe('by-the-build');
    expect(existsSync(sandbox.path(app.cwd, 'web/made'))).toBe(false);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'that hangs ends with all of its processes at %s',
    async (signal) => {
      const pids = sandbox.path(`pids-${signal}`);
      await building(`sleep 600 & echo $! $$ > ${pids}; sleep 600`);
      const running = startFox(app, 'deploy', 'hung');
      const text = await eventually(
        () => readFile(pids, 'utf8').catch(() => ''),
        (read) => read.endsWith('\n'),
      );
      running.signal(signal);
      expect(flaws(await running.ended, 130, 'Error: cancelled')).toEqual([]);
      const alive = () => Promise.resolve(text.trim().split(' ').map(Number).filter(isAlive));
      // They have been killed; whoever inherited them may still have to take note.
      expect(await eventually(alive, (left) => left.length === 0)).toEqual([]);
      await expectWithout('hung');
    },
  );
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
