// Components that know nothing of contexts: fox passes them on, versions don't mix, and fox tells who keeps and who loses them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeployResult } from '../../src/actions/deploy.ts';
import type { PropagationResult } from '../../src/actions/doctor/propagation.ts';
import { Sandbox } from './sandbox.ts';
import { SmallApp } from './small-app.ts';

/** Answers with its name, release and process, and with what its callee answers; `call` asks that, given the request and `path`. */
const serverOf = (release: string, call = 'undefined'): string => `
const http = require('node:http');
const get = (url) => new Promise((done, fail) => http.get(url, async (response) => {
  let text = ''; for await (const part of response) text += part; done(text);
}).on('error', fail));
http.createServer(async (request, response) => {
  const path = request.url;
  const below = path === '/quiet' ? undefined : await ${call};
  let parsed; try { parsed = below && JSON.parse(below); } catch { parsed = below; }
  response.end(JSON.stringify({ component: process.env.FOX_COMPONENT, release: ${JSON.stringify(release)}, pid: process.pid, options: process.env.NODE_OPTIONS?.slice(0, 24), below: parsed }));
}).listen(process.env.PORT);
process.on('SIGTERM', () => process.exit());
`;

interface Hop {
  readonly component: string;
  readonly release: string;
  readonly pid: number;
  readonly options?: string;
  readonly below?: Hop;
}

let sandbox: Sandbox;
let app: SmallApp;
beforeAll(async () => {
  sandbox = await Sandbox.create();
  app = await SmallApp.create(sandbox, 'shop');
});
afterAll(async () => sandbox.remove(app.cwd));

const byNode = { propagation: 'node' };

/** Deploys a version in which `db` has a release of that name. */
async function deploy(name: string, mid: Readonly<Record<string, unknown>> = {}): Promise<DeployResult> {
  await app.configure({
    ui: {
      routes: ['PathPrefix(`/`)'],
      calls: ['api'],
      ...byNode,
      env: { NODE_OPTIONS: { default: '--no-warnings' } },
    },
    api: { calls: ['mid'], ...byNode },
    mid: { calls: ['db'], ...mid },
    db: {},
  });
  await app.write('ui/server.js', serverOf('1', 'get(process.env.API_URL + path)'));
  await app.write(
    'api/server.js',
    serverOf('1', 'fetch(process.env.MID_URL + path).then((each) => each.text())'),
  );
  await app.write('mid/server.js', serverOf('1', 'get(process.env.DB_URL + path)'));
  await app.write('db/server.js', serverOf(name));
  await app.commit(name);
  return app.json<DeployResult>('deploy', name);
}

async function ask(url: string): Promise<Hop> {
  const response = await fetch(url);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.status}: ${text}`);
  return JSON.parse(text) as Hop;
}

function chain(hop: Hop | undefined): Hop[] {
  return hop === undefined ? [] : [hop, ...chain(hop.below)];
}

const verdictsOf = ({ components }: PropagationResult) =>
  Object.fromEntries(components.map(({ component, verdict }) => [component, verdict]));

describe('a story', { shuffle: false }, () => {
  const urls: Record<string, string> = {};

  it('components whose context fox passes on are shared by versions that differ below them', async () => {
    urls['v1'] = (await deploy('v1')).url ?? '';
    const second = await deploy('v2');
    urls['v2'] = second.url ?? '';
    const actions = Object.fromEntries(second.components.map(({ name, action }) => [name, action]));
    expect(actions).toEqual({ ui: 'none', api: 'none', mid: 'reuse', db: 'build' });
  });

  it('requests of both, many at a time, meet only their own version', async () => {
    const asked = Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? 'v1' : 'v2'));
    const answers = await Promise.all(asked.map(async (name) => ask(urls[name] ?? '')));
    expect(answers.map((each) => chain(each).at(-1)?.release)).toEqual(asked);
    for (const level of [0, 1]) expect(new Set(answers.map((each) => chain(each)[level]?.pid)).size).toBe(1);
    expect(answers[0]?.options).toBe('--no-warnings --import d');
  });

  it('fox doctor propagation tells who keeps the context, who loses it, and what to do', async () => {
    const result = await app.json<PropagationResult>('doctor', 'propagation', 'v2');
    expect(result).toMatchObject({ passed: true, version: 'v2', requests: [{ path: '/', status: 200 }] });
    expect(verdictsOf(result)).toEqual({ ui: 'keeps', api: 'keeps', mid: 'loses' });
    expect(result.components.find(({ component }) => component === 'mid')).toMatchObject({
      advice: 'propagation-node',
      podsSaved: 1,
    });
    const quiet = await app.json<PropagationResult>('doctor', 'propagation', 'v2', '--path', '/quiet');
    expect(quiet.components.find(({ component }) => component === 'api')).toMatchObject({
      reason: 'not-reached',
    });
    expect(quiet.components.find(({ component }) => component === 'ui')).toMatchObject({
      reason: 'no-calls',
    });
  });

  it('a component that promises it and does not is a failure, which fox doctor has seen, too', async () => {
    await deploy('v3', { forwardsContext: true });
    const ended = await app.fox('doctor', 'propagation', 'v3');
    expect(ended).toMatchObject({ code: 1 });
    expect(ended.stdout).toMatch(/mid +loses it +yes/);
    expect(ended.stderr).toContain('losing it: mid');
  });

  it('fox keeps the promise for it', async () => {
    await deploy('v4', byNode);
    expect(verdictsOf(await app.json<PropagationResult>('doctor', 'propagation', 'v4'))).toEqual({
      ui: 'keeps',
      api: 'keeps',
      mid: 'keeps',
    });
  });

  it('a path that nothing answers is told as such', async () => {
    const ended = await app.fox('doctor', 'propagation', 'v9');
    expect(ended).toMatchObject({ code: 2 });
    expect(ended.stderr).toContain('v9');
  });
});
