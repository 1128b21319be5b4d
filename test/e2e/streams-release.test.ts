// Streams stay with the version that they began with, through releases, rollbacks and deployments of others, until their pods go.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { DeleteResult } from '../../src/actions/delete-version.ts';
import type { StatusResult } from '../../src/actions/status.ts';
import type { RunningStatus } from '../../src/actions/status/status-result.ts';
import { type BackgroundFox, startInBackground } from './background-fox.ts';
import { eventually, Sandbox } from './sandbox.ts';
import { SmallApp } from './small-app.ts';
import { base, hasTestCluster, kubeconfig, registry } from './test-cluster.ts';

const execute = promisify(execFile);

/** A server that says its release again and again: as events, and by WebSocket. */
function streamingServer(release: string): string {
  return `
const release = ${JSON.stringify(release)};
const repeat = (stream, bytes) => {
  const timer = setInterval(() => stream.write(bytes), 50);
  stream.on('error', () => undefined).on('close', () => clearInterval(timer));
};
const server = require('http').createServer((request, response) => {
  if (request.url !== '/events') return response.end(release);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
  repeat(response, 'data: ' + release + '\\n\\n');
});
server.on('upgrade', ({ headers }, socket) => {
  const key = headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
  const accept = require('crypto').createHash('sha1').update(key).digest('base64');
  socket.write(['HTTP/1.1 101 Switching Protocols', 'connection: Upgrade', 'upgrade: websocket', 'sec-websocket-accept: ' + accept, '', ''].join('\\r\\n'));
  socket.resume().on('end', () => socket.end());
  repeat(socket, Buffer.concat([Buffer.from([0x81, release.length]), Buffer.from(release)]));
});
process.on('SIGTERM', () => process.exit());
server.listen(process.env.PORT);
`;
}

/** A stream that a client has open: what it hears, and whether it still does. */
interface OpenStream {
  readonly heard: string[];
  isOpen: boolean;
  readonly close: () => void;
}

async function openWebSocket(url: string): Promise<OpenStream> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'));
  const stream: OpenStream = { heard: [], isOpen: true, close: () => socket.terminate() };
  socket.on('message', (data: Buffer) => stream.heard.push(data.toString()));
  socket.on('error', () => undefined);
  socket.on('close', () => (stream.isOpen = false));
  await once(socket, 'open');
  return stream;
}

async function openEvents(url: string): Promise<OpenStream> {
  const outgoing = get(url);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const stream: OpenStream = { heard: [], isOpen: true, close: () => response.destroy() };
  expect(response.headers['content-type']).toBe('text/event-stream');
  response.setEncoding('utf8').on('data', (event: string) => stream.heard.push(event.slice(6).trim()));
  response.on('error', () => undefined);
  response.on('close', () => (stream.isOpen = false));
  return stream;
}

/** The streams that stay open, and what they say to the end. */
const unchanged = { socket1: 'v1', events1: 'v1', socket2: 'v2', events2: 'v2' };

const inOrder = { sequential: true, shuffle: false, timeout: 300_000 } as const;
const namespace = `fox-e2e-streams-${process.pid}`;
const hasKubernetes = hasTestCluster('streams on Kubernetes');
const places = [
  { place: 'the embedded cluster', config: {}, component: {}, env: {} },
  {
    place: 'Kubernetes',
    config: { cluster: { namespace }, registry: `${registry}/${namespace}` },
    component: { build: { base } },
    env: { KUBECONFIG: kubeconfig },
  },
];

describe.each(places)('streams on $place', ({ place, config, component, env }) => {
  const isKubernetes = place === 'Kubernetes';
  describe.runIf(!isKubernetes || hasKubernetes)('live through', inOrder, () => {
    let sandbox: Sandbox;
    let app: SmallApp;
    let proxy: BackgroundFox | undefined;
    let url = '';
    const streams: Record<string, OpenStream> = {};

    async function fox<T>(args: string): Promise<T> {
      const ended = await sandbox.fox(`${args} -o json`, { cwd: app.cwd, env });
      expect(ended).toMatchObject({ code: 0 });
      return JSON.parse(ended.stdout) as T;
    }

    async function commit(release: string): Promise<void> {
      await app.write('web/server.js', streamingServer(release));
      await app.configure({ web: { routes: ['PathPrefix(`/`)'], ...component } }, config);
      await app.commit(release);
    }

    async function deploy(version: string): Promise<void> {
      await commit(version);
      await fox(`deploy ${version}`);
    }

    /** What each of these streams says from now on; nothing, if it has ended. */
    async function hearAgain(...names: readonly string[]): Promise<Record<string, string>> {
      const open = names.map((name) => [name, streams[name] as OpenStream] as const);
      for (const [, { heard }] of open) heard.length = 0;
      await eventually(
        () => Promise.resolve(open),
        () => open.every(([, { heard, isOpen }]) => heard.length > 3 || !isOpen),
      );
      return Object.fromEntries(
        open.map(([name, { heard, isOpen }]) => [name, isOpen ? [...new Set(heard)].join() : 'ended']),
      );
    }

    async function running(version: string): Promise<RunningStatus | undefined> {
      const { versions } = await fox<StatusResult>('status');
      return versions.find(({ name }) => name === version)?.environments['default'];
    }

    beforeAll(async () => {
      sandbox = await Sandbox.create();
      app = await SmallApp.create(sandbox, 'shop');
      if (isKubernetes) {
        await execute('kubectl', ['--kubeconfig', kubeconfig, 'create', 'namespace', namespace]);
        await app.configure({ web: { routes: ['PathPrefix(`/`)'], ...component } }, config);
        await app.write('web/server.js', '');
        await app.commit('begin');
        await fox(`install --base ${base}`);
      }
      for (const version of ['v1', 'v2']) await deploy(version);
      await fox('release v1');
      if (!isKubernetes) url = (await fox<StatusResult>('status')).router.url ?? '';
      else {
        proxy = startInBackground(sandbox, 'proxy 0 -o json', { cwd: app.cwd, env });
        ({ url } = JSON.parse(await proxy.line()) as { url: string });
      }
    }, 300_000);

    afterAll(async () => {
      for (const stream of Object.values(streams)) stream.close();
      proxy?.stop();
      if (isKubernetes)
        await execute('kubectl', [
          '--kubeconfig',
          kubeconfig,
          'delete',
          'namespace',
          namespace,
          '--wait=false',
        ]);
      await sandbox.remove(app.cwd);
    });

    it('a release: what is open goes on, what is opened afterwards is of the new version', async () => {
      Object.assign(streams, {
        socket1: await openWebSocket(url),
        events1: await openEvents(`${url}/events`),
      });
      expect(await hearAgain('socket1', 'events1')).toEqual({ socket1: 'v1', events1: 'v1' });
      await fox('release v2');
      Object.assign(streams, {
        socket2: await openWebSocket(url),
        events2: await openEvents(`${url}/events`),
      });
      expect(await hearAgain(...Object.keys(unchanged))).toEqual(unchanged);
    });

    it('a rollback, and the deployment of another version', async () => {
      await fox('rollback');
      await deploy('v3');
      expect(await hearAgain(...Object.keys(unchanged))).toEqual(unchanged);
    });

    it('status counts them by version', async () => {
      streams['socket3'] = await openWebSocket(`${url}/?kf-dep=v3`);
      await eventually(
        async () => (await running('v3'))?.streams,
        (count) => count === 1,
      );
      expect(await running('v1')).toMatchObject({ streams: 2, webSockets: 1 });
      expect(await running('v2')).toMatchObject({ streams: 2, webSockets: 1 });
      expect((await sandbox.fox('status', { cwd: app.cwd, env })).stdout).toContain(
        'streams: 2 (1 WebSocket, 1 of events)',
      );
    });

    it('the deletion of a version says what it cuts, and cuts only that', async () => {
      expect(await fox<DeleteResult>('delete v3 --dry-run')).toMatchObject({ streams: 1, dryRun: true });
      expect(await hearAgain('socket3')).toEqual({ socket3: 'v3' });
      expect(await fox<DeleteResult>('delete v3')).toMatchObject({ streams: 1 });
      await eventually(
        () => Promise.resolve(streams['socket3']?.isOpen),
        (isOpen) => isOpen === false,
      );
      expect(await hearAgain(...Object.keys(unchanged))).toEqual(unchanged);
    });

    it('a version that follows a branch says what it cuts where it is replaced', async () => {
      await commit('before');
      await fox('deploy');
      streams['branch'] = await openWebSocket(`${url}/?kf-dep=main`);
      await eventually(
        async () => (await running('main'))?.streams,
        (count) => count === 1,
      );
      await commit('after');
      const { stderr } = await sandbox.fox('deploy', { cwd: app.cwd, env });
      expect(stderr).toContain('1 open stream (WebSockets, events) of what main was before is cut');
      await eventually(
        () => Promise.resolve(streams['branch']?.isOpen),
        (isOpen) => isOpen === false,
      );
      expect(await hearAgain(...Object.keys(unchanged))).toEqual(unchanged);
    });
  });
});
