// Genesis: which workload a request from outside goes to, and what it is told when it goes nowhere.
import { describe, expect, test } from 'vitest';
import type { Destination } from '../../../../src/core/routing/genesis.ts';
import { versionNameOf } from '../../../../src/core/names.ts';
import { isProblem, type Problem } from '../../../../src/core/routing/problem.ts';
import { routedVersion } from '../../../../src/core/routing/table/routed-version.ts';
import type { RoutingTable } from '../../../../src/core/routing/table/routing-table.ts';
import type { Selectors } from '../../../../src/core/routing/selector.ts';
import { decideBySelectors, manifestOf, tableOf, type TableSketch } from './routing-fixture.ts';

const environments = [
  { name: 'dev', vars: {} },
  { name: 'team', vars: { COLOR: 'blue' } },
];
const shop = {
  ui: { rules: ['PathPrefix(`/`)'] },
  api: { rules: ['PathPrefix(`/api`)', 'Path(`/ui/exact`)'] },
};

/** Two versions of shop in dev, one in team; v1 released in dev. */
const story: TableSketch = {
  environments,
  defaultEnvironment: 'dev',
  versions: [
    { manifest: manifestOf('v1', shop), runsIn: ['dev', 'team'] },
    { manifest: manifestOf('v2', { ...shop, ui: { ...shop.ui, source: '2' } }), runsIn: ['dev'] },
    { manifest: manifestOf(versionNameOf('feature/x'), shop), runsIn: ['dev'] },
  ],
  releases: { 'dev.shop': 'v1' },
};

/** `deployment component environment`, or the kind of the problem. */
function outcome(decision: Destination | Problem): string {
  if (isProblem(decision)) return decision.problem;
  return `${decision.version.deployment} ${decision.component} ${decision.environment}`;
}

function decide(table: RoutingTable, selectors: Selectors = {}, path = '/'): string {
  return outcome(decideBySelectors(table, selectors, path));
}

describe('the version and the environment', () => {
  test.each<[string, Selectors, string]>([
    ['plain traffic goes to what is released in the default environment', {}, 'shop-v1 ui dev'],
    ['a version by its short name', { deployment: 'v2' }, 'shop-v2 ui dev'],
    ['a version by its long name', { deployment: 'shop-v2' }, 'shop-v2 ui dev'],
    [
      'a version by the raw name of its branch',
      { deployment: 'feature/x' },
      `shop-${versionNameOf('feature/x')} ui dev`,
    ],
    [
      'a version by app and raw name',
      { deployment: 'shop-feature/x' },
      `shop-${versionNameOf('feature/x')} ui dev`,
    ],
    ['a version in another environment', { deployment: 'v1', environment: 'team' }, 'shop-v1 ui team'],
    ['an environment without a release', { environment: 'team' }, 'nothing-released'],
    ['an environment that does not exist', { environment: 'teem' }, 'unknown-environment'],
    ['a version that does not exist', { deployment: 'v3' }, 'unknown-version'],
    ['a version that does not run there', { deployment: 'v2', environment: 'team' }, 'not-running'],
    ['a name that belongs to an object', { deployment: '__proto__' }, 'unknown-version'],
  ])('%s', (_, selectors, expected) => {
    expect(decide(tableOf(story), selectors)).toBe(expected);
  });

  test('a pair that nobody asked for is served once all that it needs has a pod', () => {
    const table = tableOf(story);
    const version = table.version('shop', 'v2');
    const workloads = version === undefined ? undefined : table.workloads(version, 'team');
    const [first = '', second = ''] = workloads?.values() ?? [];
    table.countPod(first, 1);
    expect(decide(table, { deployment: 'v2', environment: 'team' })).toBe('not-running');
    table.countPod(second, 1);
    expect(decide(table, { deployment: 'v2', environment: 'team' })).toBe('shop-v2 ui team');
    table.countPod(second, -1);
    expect(decide(table, { deployment: 'v2', environment: 'team' })).toBe('not-running');
  });

  test('without a default environment nothing is deployed', () => {
    expect(decide(tableOf({ environments: [], versions: [] }))).toBe('nothing-deployed');
    expect(decide(tableOf({ ...story, environments: [] }))).toBe('nothing-deployed');
  });

  test('what is released can be gone', () => {
    expect(decide(tableOf({ ...story, releases: { 'dev.shop': 'v9' } }))).toBe('unknown-version');
  });

  test('the destination has the workload of exactly that pair', () => {
    const versions = [
      {
        manifest: manifestOf('v1', {
          ui: { rules: ['PathPrefix(`/`)'], env: { COLOR: { type: 'string', required: true } } },
        }),
        runsIn: ['dev', 'team'],
      },
    ];
    const table = tableOf({ ...story, versions });
    const destinations = ['dev', 'team'].map((environment) =>
      decideBySelectors(table, { deployment: 'v1', environment }, '/'),
    );
    const workloads = destinations.map((each) => (isProblem(each) ? each.problem : each.workload));
    expect(workloads[0]).toMatch(/^shop\/ui\/[0-9a-f]{40}$/);
    expect(workloads[1]).not.toBe(workloads[0]);
  });
});

describe('routes', () => {
  test.each([
    ['/', 'ui'],
    ['/apix', 'ui'],
    ['/api', 'api'],
    ['/api/', 'api'],
    ['/api/a/b?', 'api'],
    ['/%61pi/a', 'api'],
    ['/api%2Fa', 'ui'],
    ['//api', 'ui'],
    ['/ui/exact', 'api'],
    ['/ui/exact/', 'ui'],
    ['/ui/exact/more', 'ui'],
    ['/%zz', 'ui'],
  ])('%s enters at %s', (path, component) => {
    expect(decide(tableOf(story), {}, path)).toBe(`shop-v1 ${component} dev`);
  });

  test('Path of the root matches the root alone', () => {
    const versions = [{ manifest: manifestOf('v1', { ui: { rules: ['Path(`/`)'] } }), runsIn: ['dev'] }];
    const table = tableOf({ ...story, versions });
    expect(['/', '//', '/a'].map((path) => decide(table, {}, path))).toEqual([
      'shop-v1 ui dev',
      'no-route',
      'no-route',
    ]);
  });
});

test('what a rule captures is told, decoded and then as a form', () => {
  const rules = ['Path(`/orders/{id}/{rest...}`)', 'Path(`/orders/{:[0-9]+}`)'];
  const manifest = manifestOf('v1', { api: { rules } });
  const table = tableOf({ ...story, versions: [{ manifest, runsIn: ['dev'] }] });
  expect(decideBySelectors(table, {}, '/orders/a%20%26b/c/d?id=9')).toMatchObject({
    parameters: 'id=a+%26b&rest=c%2Fd',
  });
  expect(decideBySelectors(table, {}, '/orders/42')).not.toHaveProperty('parameters');
});

test('a version with a rule of a later fox is not routed to, and says why', () => {
  const manifest = manifestOf('v1', { api: { rules: ['Path(`/`) && Weekday(`mon`)'] } });
  expect(() => routedVersion(manifest, [])).toThrow(/unknown Weekday\(\)/);
});

describe('several apps', () => {
  const pay = manifestOf('v1', { pay: { rules: ['PathPrefix(`/pay`)', 'PathPrefix(`/`)'] } }, 'payments');
  const both: TableSketch = {
    ...story,
    versions: [...story.versions, { manifest: pay, runsIn: ['dev'] }],
    releases: { 'dev.shop': 'v1', 'dev.payments': 'v1' },
  };

  test('plain traffic is matched over the routes of all that is released', () => {
    expect(decide(tableOf(both), {}, '/pay/1')).toBe('payments-v1 pay dev');
    expect(decide(tableOf(both), {}, '/api/1')).toBe('shop-v1 api dev');
  });

  test('a short name means the version in every app that has one', () => {
    expect(decide(tableOf(both), { deployment: 'v1' }, '/pay/1')).toBe('payments-v1 pay dev');
    expect(decide(tableOf(both), { deployment: 'v1' }, '/api/1')).toBe('shop-v1 api dev');
    expect(decide(tableOf(both), { deployment: 'v2' }, '/pay/1')).toBe('shop-v2 ui dev');
    expect(decide(tableOf(both), { deployment: 'v1', environment: 'team' }, '/pay/1')).toBe(
      'shop-v1 ui team',
    );
  });

  test('equal routes are never guessed between', () => {
    expect(decideBySelectors(tableOf(both), {}, '/')).toMatchObject({
      problem: 'ambiguous-route',
      facts: { routes: ['ui of shop-v1', 'pay of payments-v1'] },
    });
    expect(decideBySelectors(tableOf(both), { deployment: 'v1' }, '/')).toMatchObject({
      problem: 'bad-selector',
      try: ['?kf-dep=payments-v1', '?kf-dep=shop-v1'],
    });
  });

  test('a priority decides, also between apps that are compiled apart', () => {
    const [route] = manifestOf('v1', { pay: { rules: ['PathPrefix(`/`)'] } }).components['pay']?.routes ?? [];
    const { pay: component } = manifestOf('v1', { pay: {} }, 'payments').components;
    if (route === undefined || component === undefined) throw new TypeError('no such component');
    const first = { ...pay, components: { pay: { ...component, routes: [{ ...route, priority: 1 }] } } };
    const sketch = { ...both, versions: [...story.versions, { manifest: first, runsIn: ['dev'] }] };
    expect(decide(tableOf(sketch), {}, '/api/1')).toBe('payments-v1 pay dev');
    expect(decide(tableOf(sketch), { deployment: 'v1' }, '/api/1')).toBe('payments-v1 pay dev');
    expect(decide(tableOf(sketch), { deployment: 'shop-v1' }, '/api/1')).toBe('shop-v1 api dev');
  });

  test('a damaged version answers for itself alone', () => {
    const table = tableOf(both);
    table.setDamaged('shop', 'v1', 'its manifest is damaged');
    expect(decide(table, { deployment: 'shop-v1' })).toBe('damaged-version');
    expect(decide(table, { deployment: 'shop-v2' })).toBe('shop-v2 ui dev');
    expect(decide(table, { deployment: 'v1' }, '/pay')).toBe('payments-v1 pay dev');
    expect(decide(table, {}, '/pay')).toBe('payments-v1 pay dev');
    table.deleteVersion('payments', 'v1');
    expect(decide(table, {}, '/')).toBe('damaged-version');
    table.deleteVersion('shop', 'v1');
    expect(decide(table, { deployment: 'shop-v1' })).toBe('unknown-version');
  });
});

test('a release flips plain traffic, and only that', () => {
  const table = tableOf(story);
  expect(decide(table)).toBe('shop-v1 ui dev');
  table.setReleases(new Map([['dev', new Map([['shop', 'v2']])]]));
  expect(decide(table)).toBe('shop-v2 ui dev');
  expect(decide(table, { deployment: 'v1' })).toBe('shop-v1 ui dev');
  table.setReleases(new Map());
  expect(decide(table)).toBe('nothing-released');
});

test('a version that is replaced serves its new routes, released or selected', () => {
  const table = tableOf(story);
  expect(decide(table, {}, '/api')).toBe('shop-v1 api dev');
  table.setVersion(routedVersion(manifestOf('v1', { ui: { rules: ['PathPrefix(`/`)'] } }), ['dev']));
  expect(decide(table, {}, '/api')).toBe('shop-v1 ui dev');
  expect(decide(table, { deployment: 'v1' }, '/api')).toBe('shop-v1 ui dev');
});

function manyVersions(nameOf: (index: number) => string) {
  return Array.from({ length: 500 }, (_, index) => ({
    manifest: manifestOf(nameOf(index), shop),
    runsIn: [],
  }));
}

describe('what a problem says', () => {
  test.each<[string, Selectors, string, RegExp, string]>([
    ['the versions that exist', { deployment: 'v8' }, '/', /There are: .*shop-v1, shop-v2/, 'fox deploy v8'],
    ['a likely name', { deployment: 'shop-v' }, '/', /did you mean "shop-v1"/, 'fox versions'],
    [
      'the environments that exist',
      { environment: 'teem' },
      '/',
      /did you mean "team"\? There are: dev, team/,
      'fox deploy <version> -e teem',
    ],
    [
      'how to release',
      { environment: 'team' },
      '/',
      /Nothing is released/,
      'fox release <version> --virtual-env team',
    ],
    [
      'how to make the pair',
      { deployment: 'v2', environment: 'team' },
      '/',
      /does not run/,
      'fox deploy v2 -e team --app shop',
    ],
  ])('%s', (_, selectors, path, detail, command) => {
    const problem = decideBySelectors(tableOf(story), selectors, path);
    expect(problem).toMatchObject({ detail: expect.stringMatching(detail) });
    expect(isProblem(problem) ? problem.try : []).toContain(command);
  });

  test('of many names those are compared that stand next to what was asked for', () => {
    const versions = manyVersions((index) => `feature-${String(index).padStart(3, '0')}`);
    const table = tableOf({ ...story, versions });
    const said = (deployment: string) => decideBySelectors(table, { deployment }, '/');
    for (const asked of ['shop-feature-o42', 'shop-feature-042x', 'fature-042', 'feature-0042'])
      expect(said(asked)).toMatchObject({ detail: expect.stringContaining('did you mean') });
    expect(said('xeature-042')).toMatchObject({ detail: expect.not.stringContaining('did you mean') });
  });

  test('names are listed within bounds, and a strange name never becomes part of a command', () => {
    const versions = manyVersions((index) => `v${index}`);
    const problem = decideBySelectors(tableOf({ ...story, versions }), { deployment: '$(reboot)' }, '/');
    expect(problem).toMatchObject({
      detail: expect.stringMatching(/and 490 more\.$/),
      try: ['fox versions', 'fox deploy <name>'],
    });
  });
});
