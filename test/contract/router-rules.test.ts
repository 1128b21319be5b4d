// Rules at a router: what of a request decides where it goes, and what the component is told of it.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { manifestOf } from '../unit/core/routing/routing-fixture.ts';
import { type Answer, echo, until, World } from './router-world.ts';

let world: World;
beforeEach(async () => {
  world = await World.create();
});
afterEach(async () => world.end());

const rules = {
  shop: ['PathPrefix(`/`)', 'Path(`/orders/{id:[0-9]+}/{rest...}`)'],
  writer: ['PathPrefix(`/`) && Method(`POST`, `PUT`)'],
  beta: ['PathPrefix(`/`) && (Header(`X-Group`, `{beta-.+}`) || Query(`group`, `beta`))'],
  tenant: ['Host(`{tenant}.example.com`) && !Header(`x-group`)'],
  page: ['PathPrefix(`/{{.Vars.langs}}/{page}`)'],
  secure: ['PathPrefix(`/`) && Header(`X-Forwarded-Proto`, `https`) && Header(`X-Forwarded-Port`)'],
};

/** Each component has one or two rules; what is released in dev is v1. */
async function start(): Promise<void> {
  world.putEnvironment('dev', { langs: ['en', 'fr'] }, true);
  const manifest = manifestOf(
    'v1',
    Object.fromEntries(Object.entries(rules).map(([name, all]) => [name, { rules: all }])),
  );
  await world.runVersion(
    manifest,
    'dev',
    Object.fromEntries(Object.keys(rules).map((name) => [name, echo(name)])),
  );
  world.putVersion(manifest, ['dev']);
  world.putReleases({ 'dev.shop': 'v1' });
  await world.startRouter();
}

/** Who answered, and what it was told that its rule captures. */
function answered({ status, body }: Answer): string {
  if (status !== 200) return `${status}`;
  const { name, headers } = JSON.parse(body) as { name: string; headers: Record<string, string> };
  return [name, headers['x-fox-params']].filter((each) => each !== undefined).join(' ');
}

test('method, header, query, host and path decide; captures are told, and nobody else can tell them', async () => {
  await start();
  const forged = { 'X-Fox-Params': 'id=1' };
  expect(answered(await world.get('/', forged))).toBe('shop');
  expect(answered(await world.send('POST', '/', { headers: forged }))).toBe('writer');
  expect(answered(await world.get('/', { 'x-group': 'beta-1' }))).toBe('beta');
  expect(answered(await world.get('/', { 'x-group': 'alpha' }))).toBe('shop');
  expect(answered(await world.get('/?group=beta&x=1'))).toBe('beta');
  expect(answered(await world.get('/', { host: 'Acme.Example.com:8080', ...forged }))).toBe(
    'tenant tenant=acme',
  );
  expect(answered(await world.get('/orders/42/a%20b/c%2Fd?id=7', forged))).toBe(
    'shop id=42&rest=a+b%2Fc%2Fd',
  );
  expect(answered(await world.get('/orders/x/a'))).toBe('shop');
  expect(answered(await world.get('/fr/%7Bx%7D'))).toBe('page page=%7Bx%7D');
  expect(answered(await world.get('/de/x'))).toBe('shop');
  // Nobody is believed to come by https who isn't a trusted proxy.
  const claims = { 'x-forwarded-proto': 'https', 'x-forwarded-port': '443' };
  expect(answered(await world.get('/', claims))).toBe('shop');
});

test('an object with a rule of a later fox is damaged alone', async () => {
  await start();
  const later = manifestOf('v2', { shop: { rules: ['PathPrefix(`/`) && Weekday(`mon`)'] } });
  world.putVersion(later, ['dev']);
  const { body } = await until('it is known', async () => {
    const answer = await world.get('/?kf-dep=v2');
    return answer.body.includes('damaged-version') && answer;
  });
  expect(body).toContain('unknown Weekday()');
  expect(answered(await world.get('/'))).toBe('shop');
});
