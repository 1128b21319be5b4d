// The embedded cluster dies, hangs, or loses its port: the next command copes, or says what is wrong.
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClusterResult } from '../../src/actions/cluster.ts';
import type { OpenResult } from '../../src/actions/open.ts';
import type { ReleaseResult } from '../../src/actions/release.ts';
import type { StatusResult } from '../../src/actions/status.ts';
import { daemonOf, routerOf } from './processes.ts';
import { flaws } from './refusal.ts';
import { eventually, Sandbox } from './sandbox.ts';
import { type Answer, SmallApp } from './small-app.ts';

let sandbox: Sandbox;
let app: SmallApp;
beforeAll(async () => {
  sandbox = await Sandbox.create();
  app = await SmallApp.create(sandbox, 'shop');
  await app.release('first');
  await app.json('deploy', 'v1');
  await app.json('release', 'v1');
});
afterAll(async () => sandbox.remove(app.cwd));

/** Asks for what is released until it answers. */
async function answer(): Promise<Answer> {
  const { url } = await app.json<OpenResult>('open');
  const ask = () => fetch(url).catch(() => undefined);
  const response = await eventually(ask, (got) => got?.status === 200);
  return (await response?.json()) as Answer;
}

async function cluster(): Promise<ClusterResult> {
  return app.json<ClusterResult>('cluster', 'status');
}

describe('a daemon that dies', () => {
  it('is started again by the next command, with everything that was there', async () => {
    const { edge } = await app.json<ClusterResult>('cluster', 'start');
    process.kill(await daemonOf(app), 'SIGKILL');
    await eventually(cluster, ({ state }) => state === 'stopped');
    const stopped = await app.json<StatusResult>('status');
    expect(stopped).toMatchObject({
      cluster: { state: 'stopped' },
      releases: { default: { version: 'v1' } },
    });
    expect((await answer()).release).toBe('first');
    expect((await cluster()).edge).toBe(edge);
  });

  it('may leave a file that names a stranger, who is not touched', async () => {
    await app.json('cluster', 'start');
    const file = sandbox.path(app.cwd, '.fox/cluster/cluster.json');
    const written = JSON.parse(await readFile(file, 'utf8')) as { process: { pid: number } };
    process.kill(written.process.pid, 'SIGKILL');
    await eventually(cluster, ({ state }) => state === 'stopped');
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    try {
      written.process.pid = stranger.pid ?? 0;
      await writeFile(file, JSON.stringify(written));
      expect((await cluster()).state).toBe('stopped');
      await app.json('cluster', 'stop');
      expect((await answer()).release).toBe('first');
      expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
    } finally {
      stranger.kill();
    }
  });

  it('takes no command with it that comes in between', async () => {
    for (const command of ['history', 'logs web', 'deploy v1']) {
      process.kill((await app.json<ClusterResult>('cluster', 'start')).pid ?? 0, 'SIGKILL');
      const ended = await app.fox(...command.split(' '));
      expect({ command, ...ended }).toMatchObject({ command, code: 0 });
    }
    await app.json('cluster', 'start');
  });
});

describe('a daemon that hangs', () => {
  it('is told of by every command, and works on when it wakes up', async () => {
    await app.json('cluster', 'start');
    const daemon = await daemonOf(app);
    process.kill(daemon, 'SIGSTOP');
    const commands = ['deploy v1', 'release v1 -e hung', 'status', 'logs web'];
    const ended = await Promise.all(commands.map((line) => app.fox(...line.split(' '))));
    for (const each of ended)
      expect(flaws(each, 3, 'it was silent for 15 s', '`fox cluster stop` ends one that hangs')).toEqual([]);
    process.kill(daemon, 'SIGCONT');
    expect((await answer()).release).toBe('first');
    expect(await daemonOf(app)).toBe(daemon);
  });
});

describe('a router that dies', () => {
  it('comes back at the same place, and acknowledges releases again', async () => {
    const { edge } = await app.json<ClusterResult>('cluster', 'start');
    const daemon = await daemonOf(app);
    process.kill((await eventually(() => routerOf(daemon), Boolean)) ?? 0, 'SIGKILL');
    expect((await answer()).release).toBe('first');
    const released = await eventually(
      () => app.fox('release', 'v1', '-e', 'after-the-router', '-o', 'json'),
      ({ code }) => code === 0,
    );
    const result = JSON.parse(released.stdout) as ReleaseResult;
    expect(result.routers.acked).toBe(result.routers.total);
    expect((await cluster()).edge).toBe(edge);
  });
});

/** Listens on a port, a free one by default. */
async function occupy(port = 0): Promise<{ server: Server; port: number }> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  return { server, port: typeof address === 'object' && address !== null ? address.port : 0 };
}

describe('a port', () => {
  it.each(['--port', '--edge-port'])('that is taken is refused: %s', async (option) => {
    await app.json('cluster', 'stop');
    const { server, port } = await occupy();
    const ended = await app.fox('cluster', 'start', option, String(port));
    server.close();
    expect(flaws(ended, 3, `port ${port} of 127.0.0.1 is in use`, 'Choose another port')).toEqual([]);
    expect((await cluster()).state).toBe('stopped');
  });

  it('that was remembered and is taken meanwhile is replaced, with a warning', async () => {
    const before = await app.json<ClusterResult>('cluster', 'start');
    await app.json('cluster', 'stop');
    const port = Number(new URL(before.edge ?? '').port);
    const { server } = await occupy(port);
    const ended = await app.fox('open', 'v1');
    server.close();
    expect(ended.code).toBe(0);
    expect(ended.stderr).toContain(`Warning: port ${port} of the router is taken by another process`);
    expect(ended.stdout).not.toContain(`:${port}/`);
    expect((await answer()).release).toBe('first');
  });
});
