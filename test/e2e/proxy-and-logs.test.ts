// `fox proxy` and `fox logs` as a user types them, on the embedded cluster.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LogLine } from '../../src/actions/logs.ts';
import type { ProxyResult } from '../../src/actions/proxy.ts';
import { eventually } from '../unit/embedded/eventually.ts';
import { flaws } from './refusal.ts';
import { plainEnvironment, program, Sandbox } from './sandbox.ts';
import { type Answer, SmallApp } from './small-app.ts';

let sandbox: Sandbox;
let app: SmallApp;

/** Serves, and prints what it is asked. */
const source = (release: string) => `
console.log('${release} starts');
require('http').createServer((request, response) => {
  console.log('${release} ' + request.url);
  response.end(JSON.stringify({ component: process.env.FOX_COMPONENT, release: '${release}', pid: process.pid }));
}).listen(process.env.PORT);`;

beforeAll(async () => {
  sandbox = await Sandbox.create();
  app = await SmallApp.create(sandbox, 'shop');
  for (const [component, release] of [
    ['web', 'v1'],
    ['api', 'v1'],
    ['web', 'v2'],
  ] as const) {
    await app.write(`${component}/server.js`, source(`${component} of ${release}`));
    if (component === 'web' && release === 'v1') continue;
    await app.configure({ web: { routes: ['PathPrefix(`/`)'] }, api: {} });
    await app.commit(release);
    await app.json('deploy', release);
  }
});
afterAll(async () => sandbox.remove(app.cwd));

/** A command that goes on until it is told to end. */
function start(...args: string[]) {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: sandbox.path(app.cwd),
    env: plainEnvironment,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    line: async () => (await lines.next()).value as string,
    end: async (): Promise<unknown> => {
      const exited = once(child, 'exit');
      child.kill('SIGINT');
      return (await exited)[0];
    },
  };
}

async function releaseAt(url: string): Promise<string> {
  return ((await (await fetch(url, { headers: { connection: 'close' } })).json()) as Answer).release;
}

describe('fox proxy', () => {
  it('leads to the router until Ctrl-C, which is no failure', async () => {
    const proxy = start('proxy', '0');
    const url = await proxy.line();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await releaseAt(`${url}/?kf-dep=v1`)).toBe('web of v1');
    expect(await releaseAt(`${url}/?kf-dep=v2`)).toBe('web of v2');
    expect(await proxy.end()).toBe(0);
    await expect(fetch(url)).rejects.toThrow(/fetch failed/);
  });

  it('adds a version to requests that name none, and says where it is as JSON', async () => {
    const proxy = start('proxy', '0', '--version', 'v1', '-e', 'default', '-o', 'json');
    const result = JSON.parse(await proxy.line()) as ProxyResult;
    expect(result).toMatchObject({ kind: 'proxy', version: 'v1', virtualEnv: 'default' });
    expect(await releaseAt(result.url)).toBe('web of v1');
    expect(await releaseAt(`${result.url}/?kf-dep=v2`)).toBe('web of v2');
    expect(await proxy.end()).toBe(0);
  });

  it('signs where that is needed, and refuses where nothing lets anybody in', async () => {
    await app.json('release', 'v1', '-e', 'team-a', '--yes');
    await app.json('env', 'set', '-e', 'team-a', '--access', 'signed');
    const proxy = start('proxy', '0', '--version', 'v1', '-e', 'team-a');
    const url = await proxy.line();
    expect(await releaseAt(url)).toBe('web of v1');
    expect(await releaseAt(`${url}/?kf-dep=v2`)).toBe('web of v2');
    expect(await proxy.end()).toBe(0);
    await app.json('env', 'set', '-e', 'team-a', '--access', 'internal');
    expect(flaws(await app.fox('proxy', '0', '-e', 'team-a'), 5, 'its access is internal')).toEqual([]);
    await app.json('env', 'delete', 'team-a', '--end-releases');
  });

  it('refuses what does not exist, and a port that is taken', async () => {
    expect(flaws(await app.fox('proxy', '0', '--version', 'v9'), 2, 'there is no version "v9"')).toEqual([]);
    expect(flaws(await app.fox('proxy', '70000'), 2, '"70000" is no port')).toEqual([]);
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const ended = await app.fox('proxy', String(port));
    server.close();
    expect(flaws(ended, 3, `port ${port} of 127.0.0.1 is in use`)).toEqual([]);
  });
});

describe('fox logs', () => {
  it('shows all components with versions and pods, ordered by time', async () => {
    const { stdout } = await app.fox('logs');
    const starts = stdout.split('\n').filter((line) => /of v[12] starts$/.test(line));
    expect(starts).toHaveLength(3);
    // Another test may have deployed a version that shares the api.
    expect(starts.filter((line) => line.includes('api'))).toEqual([
      expect.stringMatching(/^api v1,v2(?:,v3)? \w+ api of v1 starts$/),
    ]);
    expect(starts.filter((line) => line.includes('web'))).toEqual([
      expect.stringMatching(/^web v1 \w+ web of v1 starts$/),
      expect.stringMatching(/^web v2 \w+ web of v2 starts$/),
    ]);
    const shown = await app.fox('logs', 'web', '--version', 'v1', '--tail', '1', '-o', 'json');
    const line = JSON.parse(shown.stdout) as LogLine;
    expect(line).toMatchObject({ app: 'shop', component: 'web', versions: ['v1'] });
    expect(Date.parse(line.time)).not.toBeNaN();
    const timed = await app.fox('logs', 'api', '--timestamps', '--since', '1h');
    expect(timed.stdout).toMatch(/^api v1,v2(?:,v3)? \w+ \d{4}-\d\d-\d\dT[\d:.]+Z api of v1 starts\n$/);
  });

  it('goes on with pods that come later, until Ctrl-C', async () => {
    const logs = start('logs', 'web', '-f', '--tail', '0');
    const next = async (text: string) => {
      for (;;) {
        const line = await logs.line();
        if (line.includes(text)) return;
      }
    };
    await app.write('web/server.js', source('web of v3'));
    await app.commit('v3');
    await app.json('deploy', 'v3');
    await next('web of v3 starts');
    const { url } = await app.json<{ url: string }>('open', 'v3');
    await fetch(url);
    await next('web of v3 /');
    expect(await logs.end()).toBe(0);
  });

  it('says where nothing was logged, and nothing else', async () => {
    const silent = await eventually(async () => {
      const ended = await app.fox('logs', 'api', '--since', '1s');
      return ended.stdout === '' ? ended : undefined;
    });
    expect(silent.stderr).toBe('api: 1 pod, nothing logged in that time\n');
  });

  it('does not follow what is over', async () => {
    const ended = await app.fox('logs', 'web', '-f', '--previous');
    expect(flaws(ended, 2, '--follow and --previous exclude each other')).toEqual([]);
  });
});
