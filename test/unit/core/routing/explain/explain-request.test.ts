// Each step of a decision is told with what it was decided by, and with what lost.
import { expect, test } from 'vitest';
import { explainRequest, type Inquiry } from '../../../../../src/core/routing/explain/explain-request.ts';
import { isProblem } from '../../../../../src/core/routing/problem.ts';
import { settingsInForce } from '../../../../../src/core/routing/router-settings.ts';
import { routedVersion } from '../../../../../src/core/routing/table/routed-version.ts';
import { RoutingTable } from '../../../../../src/core/routing/table/routing-table.ts';
import { manifestOf } from '../routing-fixture.ts';

const insiders = ['10.0.0.0/8'];

function table(): RoutingTable {
  const known = new RoutingTable();
  known.setEnvironment({ name: 'dev', vars: {} }, true);
  known.setEnvironment(
    { name: 'team', vars: {}, hosts: ['team.example'], subPath: 't', skewProtection: '30m' },
    false,
  );
  known.setEnvironment({ name: 'closed', vars: {}, access: 'internal' }, false);
  for (const version of ['v1', 'v2']) {
    const rules = ['PathPrefix(`/`)', 'Path(`/orders/{id}`)', 'Path(`/orders/{id}`) && Method(`POST`)'];
    known.setVersion(
      routedVersion(manifestOf(version, { ui: { rules, source: version } }), ['dev', 'team', 'closed']),
    );
  }
  known.setReleases(
    new Map([['team', new Map([['shop', 'v2']])]]),
    [],
    [{ app: 'shop', version: 'v1', environment: 'team', since: 1_000 }],
  );
  return known;
}

function explain(target: string, more: Partial<Inquiry> = {}, now = 2_000) {
  const inquiry = { method: 'GET', target, headers: ['host', 'localhost'], peer: '192.0.2.7', ...more };
  const settings = settingsInForce({ trustedProxies: [], internalNetworks: insiders, accessLog: true });
  return explainRequest(inquiry, { table: table(), settings, isEmbedded: false, now });
}

test('of all places that select, the first one counts; the others are told', () => {
  const headers = ['host', 'localhost', 'kf-dep', 'v2', 'kubefox-app-deployment', 'shop-v2'];
  const { selectors, versions } = explain('/?kf-dep=v1&kf-ve=team', { headers });
  expect(selectors).toEqual([
    { selects: 'environment', place: 'query kf-ve', value: 'team', counts: true },
    { selects: 'deployment', place: 'header kubefox-app-deployment', value: 'shop-v2', counts: true },
    { selects: 'deployment', place: 'query kf-dep', value: 'v1', counts: false },
    { selects: 'deployment', place: 'header kf-dep', value: 'v2', counts: false },
  ]);
  expect(versions?.by).toBe('selector');
  expect(versions?.asked.map(({ name }) => name)).toEqual(['v2']);
});

test('whatever names an environment is told in the order in which it counts', () => {
  const headers = ['host', 'team.example', 'cookie', 'kf-ve=team'];
  const named = ({ environments }: ReturnType<typeof explain>) =>
    environments.map(({ environment, by }) => `${by ?? ''} ${environment ?? ''}`);
  expect(named(explain('/t/x?kf-ve=dev&kf-dep=v1', { headers }))).toEqual([
    'selector dev',
    'host team',
    'sub-path team',
    'default dev',
  ]);
  expect(named(explain('/t/x', { headers }))).toEqual([
    'cookie team',
    'host team',
    'sub-path team',
    'default dev',
  ]);
  expect(named(explain('/x'))).toEqual(['default dev']);
});

test('cookies are told with what becomes of them', () => {
  const headers = ['host', 'localhost', 'cookie', 'kf-ve=team; kf-dep.team=v9; kf-dep.dev=v1; a=b'];
  const states = ({ cookies }: ReturnType<typeof explain>) =>
    cookies.map(({ name, state }) => `${name} ${state}`);
  expect(states(explain('/', { headers }))).toEqual(['kf-ve counts', 'kf-dep.team stale', 'kf-dep.dev idle']);
  const typed = [...headers, 'sec-fetch-mode', 'navigate', 'sec-fetch-site', 'none'];
  expect(new Set(explain('/', { headers: typed }).cookies.map(({ state }) => state))).toEqual(
    new Set(['unheard']),
  );
});

test('each route is told in the order in which they are asked, with the reason why it is not the one', () => {
  const { routes = [], outcome } = explain('/orders/42?kf-dep=v1');
  expect(routes.map(({ target, matches }) => [target.route.rule, matches])).toEqual([
    ['Path(`/orders/{id}`) && Method(`POST`)', false],
    ['Path(`/orders/{id}`)', true],
    ['PathPrefix(`/`)', true],
  ]);
  expect(routes[0]?.why).toContain('Method(`POST`)');
  expect(routes[1]?.why).toBeUndefined();
  expect(routes[2]?.why).toBe('Path goes before PathPrefix');
  expect(outcome).toMatchObject({ parameters: 'id=42' });
});

test('an asset of a page whose version was replaced is told to be so, for as long as that is protected', () => {
  const headers = ['host', 'team.example', 'cookie', 'kf-page.team=shop-v1', 'sec-fetch-mode', 'no-cors'];
  const asset = { headers: [...headers, 'sec-fetch-dest', 'script'] };
  const by = ({ versions }: ReturnType<typeof explain>) => [
    versions?.by,
    versions?.asked.map(({ name }) => name),
  ];
  expect(by(explain('/x.js', asset))).toEqual(['page', ['v1']]);
  expect(by(explain('/x.js', { headers }))).toEqual(['release', ['v2']]);
  expect(by(explain('/x.js', asset, 1_000 + 31 * 60_000))).toEqual(['release', ['v2']]);
});

test('a refusal is told as clients get it, and with what they are not told', () => {
  const outside = explain('/?kf-ve=closed&kf-dep=v1');
  expect(outside).toMatchObject({ isAllowed: false, told: { problem: 'access-refused' } });
  expect(outside.told?.detail).not.toContain('closed');
  expect(outside.told?.reason).toContain('closed');
  expect(outside.routes).toBeUndefined();
  const inside = explain('/?kf-ve=closed&kf-dep=v1', { peer: '10.1.2.3' });
  expect(inside.isAllowed).toBe(true);
  expect(isProblem(inside.outcome)).toBe(false);
});

test.each([
  ['/%2e%2e/x', {}, 'bad-request'],
  ['/', { headers: ['host', 'a', 'host', 'b'] }, 'bad-request'],
  ['/', { method: 'TRACE' }, 'method-refused'],
  ['/?kf-dep=', {}, 'bad-selector'],
])('%s with %o is refused before anything is looked up', (target, more, problem) => {
  const { outcome, environments } = explain(target, more);
  expect(outcome).toMatchObject({ problem });
  expect(environments).toEqual([]);
});
