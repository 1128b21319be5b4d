// Virtual environments at a router: what components are told with requests, inheritance, and what releases hold on to.
import type { RequestListener } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { VariableDeclaration } from '../../src/core/version/app.ts';
import { manifestOf } from '../unit/core/routing/routing-fixture.ts';
import { type Answer, type RunningPod, until, World } from './router-world.ts';

let world: World;
beforeEach(async () => {
  world = await World.create();
});
afterEach(async () => world.end());

const perRequest: VariableDeclaration = {
  type: 'string',
  required: false,
  bind: 'request',
  default: 'Hello',
};
const perProcess: VariableDeclaration = { type: 'string', required: false };

/** What a component was told, and who answers. */
function teller(name: string): RequestListener {
  return ({ headers }, response) => {
    const told = headers['x-fox-env'];
    const values: unknown =
      typeof told === 'string' ? JSON.parse(Buffer.from(told, 'base64url').toString()) : undefined;
    response.end(JSON.stringify({ name, told: values, baggage: headers['baggage'] }));
  };
}

/** Calls `api` with what it likes, and answers with what that answered. */
function callingApi(pods: ReadonlyMap<string, RunningPod>, passesOn: boolean): RequestListener {
  return (incoming, response) => {
    const { baggage } = incoming.headers;
    const headers = {
      'x-fox-env': 'bWFkZSB1cA',
      ...(passesOn && typeof baggage === 'string' ? { baggage } : {}),
    };
    const port = pods.get('ui')?.callPorts['api'] ?? 0;
    void world
      .get('/', headers, `http://127.0.0.1:${port}`)
      .then(({ status, body }) => response.writeHead(status).end(body));
  };
}

function read(answer: Answer): unknown {
  return JSON.parse(answer.body);
}

async function toldAt(path: string): Promise<unknown> {
  return (read(await world.get(path)) as { told?: unknown }).told;
}

/** Whether the router knows of an environment in which nothing is released. */
async function isKnown(environment: string): Promise<boolean> {
  return (await world.get(`/?kf-ve=${environment}`)).body.includes('nothing-released');
}

/** One version whose ui is told GREETING, in dev (the default), team-a (its child) and team-b. */
async function greetings(): Promise<void> {
  const manifest = manifestOf('v1', {
    ui: { rules: ['PathPrefix(`/`)'], env: { GREETING: perRequest } },
    plain: { rules: ['PathPrefix(`/plain`)'] },
  });
  world.putDefinition({ name: 'dev', vars: { GREETING: 'Hi', UNDECLARED: 'x' } }, true);
  world.putDefinition({ name: 'team-a', parent: 'dev', vars: {} });
  world.putDefinition({ name: 'team-b', vars: {} });
  await world.runVersion(manifest, 'dev', { ui: teller('ui'), plain: teller('plain') });
  world.putVersion(manifest, ['dev', 'team-a', 'team-b']);
  world.putReleases({ 'dev.shop': 'v1', 'team-a.shop': 'v1', 'team-b.shop': 'v1' });
  await world.startRouter();
}

describe('variables with each request', () => {
  test('the same pod is told what each environment says, and only what it declares', async () => {
    await greetings();
    expect(await toldAt('/')).toEqual({ GREETING: 'Hi' });
    expect(await toldAt('/?kf-ve=team-a')).toEqual({ GREETING: 'Hi' });
    expect(await toldAt('/?kf-ve=team-b')).toEqual({ GREETING: 'Hello' });
    expect(await toldAt('/plain')).toBeUndefined();
  });

  test('what comes from outside under that name is dropped', async () => {
    await greetings();
    const headers = { 'X-Fox-Env': Buffer.from('{"GREETING":"forged"}').toString('base64url') };
    expect(read(await world.get('/', headers))).toMatchObject({ told: { GREETING: 'Hi' } });
    expect(read(await world.get('/plain', headers))).not.toHaveProperty('told');
  });

  test('a change of an environment reaches all that inherit from it, from the next request on', async () => {
    await greetings();
    const pods = world.api.get('pods', 'ui-1');
    world.putDefinition({ name: 'dev', vars: { GREETING: 'Moin' } }, true);
    await until('dev has changed', async () => JSON.stringify(await toldAt('/')).includes('Moin'));
    expect(await toldAt('/?kf-ve=team-a')).toEqual({ GREETING: 'Moin' });
    expect(await toldAt('/?kf-ve=team-b')).toEqual({ GREETING: 'Hello' });
    expect(world.api.get('pods', 'ui-1')).toEqual(pods);
  });

  test('what must be there and is missing is told by a problem', async () => {
    const env = { GREETING: { ...perRequest, required: true } };
    const { default: _, ...withoutDefault } = env.GREETING;
    const manifest = manifestOf('v1', {
      ui: { rules: ['PathPrefix(`/`)'], env: { GREETING: withoutDefault } },
    });
    world.putEnvironment('dev', {}, true);
    await world.runVersion(manifest, 'dev');
    world.putVersion(manifest, ['dev']);
    world.putReleases({ 'dev.shop': 'v1' });
    await world.startRouter();
    const answer = await world.get('/');
    expect(answer.status).toBe(503);
    expect(read(answer)).toMatchObject({ type: 'urn:fox:problem:variables-missing', environment: 'dev' });
    expect(answer.body).toContain('GREETING is required but has no value');
  });

  test.each([true, false])('hops are told, too, be the context passed on (%s) or not', async (passesOn) => {
    const manifest = manifestOf('v1', {
      ui: { rules: ['PathPrefix(`/`)'], calls: ['api'], forwards: passesOn },
      api: { env: { GREETING: perRequest } },
    });
    world.putEnvironment('dev', { GREETING: 'Hi' }, true);
    world.putEnvironment('team', { GREETING: 'Moin' });
    const pods = new Map<string, RunningPod>();
    for (const environment of passesOn ? ['dev'] : ['dev', 'team']) {
      const own = new Map<string, RunningPod>();
      const listener: RequestListener = (...exchange) => callingApi(own, passesOn)(...exchange);
      own.set('ui', await world.runPod(manifest, environment, 'ui', listener));
      pods.set(environment, await world.runPod(manifest, environment, 'api', teller('api')));
    }
    world.putVersion(manifest, ['dev', 'team']);
    world.putReleases({ 'dev.shop': 'v1', 'team.shop': 'v1' });
    await world.startRouter();
    const answer = async (path: string) =>
      until(path, async () => {
        const { status, body } = await world.get(path);
        return status === 200 && (JSON.parse(body) as { told?: unknown }).told;
      });
    expect(await answer('/')).toEqual({ GREETING: 'Hi' });
    expect(await answer('/?kf-ve=team')).toEqual({ GREETING: 'Moin' });
  });
});

describe('a chain of parents', () => {
  test('one that is broken by a deletion goes on as it was; after a restart it says what is missing', async () => {
    await greetings();
    world.api.delete('configmaps', 'fox-env-dev');
    await until('dev is gone', async () => (await world.get('/?kf-ve=dev')).status === 404);
    expect(await toldAt('/?kf-ve=team-a')).toEqual({ GREETING: 'Hi' });
    expect(world.log.filter((line) => line.includes('environment-broken'))).toEqual([
      expect.stringContaining('"reason":"its parent dev doesn\'t exist","isServed":true'),
    ]);
    await world.router?.stop();
    await world.startRouter();
    const answer = await world.get('/?kf-ve=team-a');
    expect(answer.status).toBe(503);
    expect(read(answer)).toMatchObject({
      type: 'urn:fox:problem:damaged-environment',
      detail: "Virtual environment team-a can't be used: its parent dev doesn't exist.",
      missing: 'dev',
    });
    expect(await toldAt('/?kf-ve=team-b')).toEqual({ GREETING: 'Hello' });
    world.putDefinition({ name: 'dev', vars: { GREETING: 'Back' } }, true);
    await until('dev is back', async () => (await world.get('/?kf-ve=team-a')).status === 200);
    expect(await toldAt('/?kf-ve=team-a')).toEqual({ GREETING: 'Back' });
  });

  test('children and parents may be told of in any order', async () => {
    await world.startRouter();
    const manifest = manifestOf('v1', { ui: { rules: ['PathPrefix(`/`)'], env: { GREETING: perRequest } } });
    world.putDefinition({ name: 'grandchild', parent: 'child', vars: {} });
    world.putDefinition({ name: 'child', parent: 'eldest', vars: {} });
    await world.runVersion(manifest, 'eldest', { ui: teller('ui') });
    world.putVersion(manifest, ['grandchild']);
    world.putReleases({ 'grandchild.shop': 'v1' });
    world.putDefinition({ name: 'eldest', vars: { GREETING: 'Hi' } });
    await until('it runs', async () => (await world.get('/?kf-ve=grandchild')).status === 200);
    expect(await toldAt('/?kf-ve=grandchild')).toEqual({ GREETING: 'Hi' });
  });
});

describe('what a release holds on to', () => {
  const manifest = manifestOf('v1', {
    ui: { rules: ['PathPrefix(`/`)'], env: { THEME: perProcess, GREETING: perRequest } },
  });
  const held = { vars: { THEME: 'dark', GREETING: 'Held' }, configuration: 'c1' };

  /** v1 is released in prod as it was; prod says something else now. */
  async function stable(): Promise<string> {
    world.putEnvironment('prod', { THEME: 'light', GREETING: 'Now' }, true);
    const config = world.putConfiguration('shop', 1, { name: 'prod', ...held });
    await world.runPod(manifest, 'prod', 'ui', teller('held'), true, held);
    world.putVersion(manifest, ['prod']);
    world.putReleases({ 'prod.shop': { version: 'v1', config } });
    await world.startRouter();
    return config;
  }

  test('stands for the environment, for the process as for each request', async () => {
    await stable();
    expect(read(await world.get('/'))).toMatchObject({ name: 'held', told: { GREETING: 'Held' } });
    world.putEnvironment('prod', { THEME: 'blue', GREETING: 'Later' }, true);
    world.putEnvironment('marker', {});
    await until('the change is known', async () => isKnown('marker'));
    expect(read(await world.get('/'))).toMatchObject({ name: 'held', told: { GREETING: 'Held' } });
  });

  test('once it is gone, nothing stands in for it', async () => {
    const config = await stable();
    await world.runPod(manifest, 'prod', 'ui', teller('live'), true, { vars: { THEME: 'light' } });
    world.api.delete('configmaps', config);
    const answer = await until('it is gone', async () => {
      const each = await world.get('/');
      return each.status === 503 && each;
    });
    expect(read(answer)).toMatchObject({
      type: 'urn:fox:problem:configuration-lost',
      configuration: config,
      try: ['fox release v1 -e prod --app shop'],
    });
    expect(world.log.join('\n')).toContain('configuration-lost');
    await world.router?.stop();
    await world.startRouter();
    expect((await world.get('/')).status).toBe(503);
    expect(world.acknowledged()).toBe(1);
  });

  test('a release is served as soon as that is known, and not before', async () => {
    const config = await stable();
    const later = { vars: { THEME: 'dark', GREETING: 'Second' }, configuration: 'c2' };
    const epoch = world.putReleases({ 'prod.shop': { version: 'v1', config: 'shop-config-prod-2' } });
    world.putEnvironment('marker', {});
    await until('the release is known', async () => isKnown('marker'));
    expect(read(await world.get('/'))).toMatchObject({ told: { GREETING: 'Held' } });
    expect(world.acknowledged()).toBeLessThan(epoch);
    expect(config).not.toBe(world.putConfiguration('shop', 2, { name: 'prod', ...later }));
    await until('it is served', () => world.acknowledged() === epoch);
    expect(read(await world.get('/'))).toMatchObject({ told: { GREETING: 'Second' } });
  });

  test('another version in that environment has what the environment says', async () => {
    await stable();
    const other = manifestOf('v2', {
      ui: { rules: ['PathPrefix(`/`)'], source: '2', env: { THEME: perProcess } },
    });
    await world.runPod(other, 'prod', 'ui', teller('v2'), true, { vars: { THEME: 'light' } });
    world.putVersion(other, ['prod']);
    const answer = await until('v2 runs', async () => {
      const each = await world.get('/?kf-dep=v2');
      return each.status === 200 && each;
    });
    expect(read(answer)).toMatchObject({ name: 'v2' });
  });
});
