// Where requests enter that come with cookies: what counts, what doesn't hold any more, and that cookies make nothing fail.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EnvironmentDefinition } from '../../../../../src/core/environments/environment-definition.ts';
import { decideEntry, type Entry } from '../../../../../src/core/routing/browser/entry.ts';
import { isProblem, type Problem } from '../../../../../src/core/routing/problem.ts';
import { routedRequest } from '../../../../../src/core/routing/rules/routed-request.ts';
import type { Selectors } from '../../../../../src/core/routing/selector.ts';
import { routedVersion } from '../../../../../src/core/routing/table/routed-version.ts';
import { RoutingTable } from '../../../../../src/core/routing/table/routing-table.ts';
import { manifestOf } from '../routing-fixture.ts';

/**
 * shop v1 and v2 and pay v1 run in dev (the default), team (with a sub-path), bare (nothing released) and loose (nothing
 * sticks); v1 is released. v2 alone answers /new, pay alone /pay. v3 runs nowhere.
 */
function tableOf(): RoutingTable {
  const table = new RoutingTable();
  const environments: EnvironmentDefinition[] = [
    { name: 'dev', vars: {} },
    { name: 'team', vars: {}, subPath: 'team' },
    { name: 'bare', vars: {} },
    { name: 'loose', vars: {}, sticky: false },
  ];
  for (const each of environments) table.setEnvironment(each, each.name === 'dev');
  const names = environments.map(({ name }) => name);
  const rules = {
    v1: ['PathPrefix(`/`)'],
    v2: ['PathPrefix(`/shop`)', 'Path(`/new`)'],
    v3: ['PathPrefix(`/`)'],
  };
  for (const [version, rule] of Object.entries(rules))
    table.setVersion(
      routedVersion(
        manifestOf(version, { ui: { source: version, rules: rule } }),
        version === 'v3' ? [] : names,
      ),
    );
  table.setVersion(routedVersion(manifestOf('v1', { api: { rules: ['PathPrefix(`/pay`)'] } }, 'pay'), names));
  const released = new Map([
    ['shop', 'v1'],
    ['pay', 'v1'],
  ]);
  table.setReleases(new Map(names.filter((name) => name !== 'bare').map((name) => [name, released])));
  return table;
}

const table = tableOf();

function enter(
  cookies: Readonly<Record<string, string>>,
  {
    target = '/shop',
    selectors = {},
    refuse = () => undefined,
  }: {
    target?: string;
    selectors?: Selectors;
    refuse?: (environment: string, asked: Selectors) => Problem | undefined;
  } = {},
): Entry {
  return decideEntry(
    table,
    { selectors, target, cookies: new Map(Object.entries(cookies)) },
    {
      isLocal: false,
      refuse,
      requestFor: (path) => routedRequest({ method: 'GET', target: path }),
    },
  );
}

function whereTo({ outcome }: Entry): string {
  return isProblem(outcome) ? outcome.problem : `${outcome.version.deployment} in ${outcome.environment}`;
}

describe('what counts', () => {
  test.each([
    [{}, {}, '/shop', 'shop-v1 in dev', []],
    [{ 'kf-dep.dev': 'v2' }, {}, '/shop', 'shop-v2 in dev', ['kf-dep.dev']],
    [{ 'kf-dep.dev': 'shop-v2' }, {}, '/shop', 'shop-v2 in dev', ['kf-dep.dev']],
    [{ 'kf-ve': 'team' }, {}, '/shop', 'shop-v1 in team', ['kf-ve']],
    [{ 'kf-ve': 'team', 'kf-dep.team': 'v2' }, {}, '/shop', 'shop-v2 in team', ['kf-ve', 'kf-dep.team']],
    [{ 'kf-dep.team': 'v2' }, {}, '/shop', 'shop-v1 in dev', []],
    [{ 'kf-dep.team': 'v2' }, {}, '/team/shop', 'shop-v2 in team', ['kf-dep.team']],
    [{ 'kf-ve': 'dev' }, {}, '/team/shop', 'shop-v1 in dev', ['kf-ve']],
    [{ 'kf-dep.dev': 'v2' }, { deployment: 'v1' }, '/shop', 'shop-v1 in dev', []],
    [{ 'kf-ve': 'team' }, { deployment: 'v2' }, '/shop', 'shop-v2 in team', ['kf-ve']],
    [
      { 'kf-ve': 'team', 'kf-dep.dev': 'v2' },
      { environment: 'dev' },
      '/shop',
      'shop-v2 in dev',
      ['kf-dep.dev'],
    ],
    [{ 'kf-page.dev': 'shop-v2' }, {}, '/shop', 'shop-v1 in dev', []],
  ])('%j with selectors %j at %s', (cookies, selectors, target, where, used) => {
    const entry = enter(cookies, { target, selectors });
    expect(whereTo(entry)).toBe(where);
    expect(entry.used).toEqual(used);
    expect(entry.stale).toEqual([]);
  });
});

describe('what does not hold any more', () => {
  test.each([
    [{ 'kf-dep.dev': 'v9' }, 'shop-v1 in dev', ['kf-dep.dev']],
    [{ 'kf-dep.dev': '' }, 'shop-v1 in dev', ['kf-dep.dev']],
    [{ 'kf-dep.dev': 'v3' }, 'shop-v1 in dev', ['kf-dep.dev']],
    [{ 'kf-ve': 'gone' }, 'shop-v1 in dev', ['kf-ve']],
    [{ 'kf-ve': 'gone', 'kf-dep.dev': 'v2' }, 'shop-v2 in dev', ['kf-ve']],
    [{ 'kf-ve': 'bare' }, 'shop-v1 in dev', ['kf-ve']],
    // A version that is gone leaves the environment as it is.
    [{ 'kf-ve': 'team', 'kf-dep.team': 'v9' }, 'shop-v1 in team', ['kf-dep.team']],
    [{ 'kf-ve': 'loose', 'kf-dep.loose': 'v2' }, 'shop-v1 in dev', ['kf-ve', 'kf-dep.loose']],
  ])('%j', (cookies, where, stale) => {
    const entry = enter(cookies);
    expect(whereTo(entry)).toBe(where);
    expect(entry.stale).toEqual(stale);
  });

  test('what may not be asked for any more', () => {
    const refused: Problem = { problem: 'access-refused', detail: '', try: [] };
    const refuse = (environment: string, { deployment, signature }: Selectors) =>
      environment === 'team' || deployment !== undefined
        ? signature === 'good'
          ? undefined
          : refused
        : undefined;
    const kept = { 'kf-ve': 'team', 'kf-dep.team': 'v2' };
    expect(whereTo(enter({ ...kept, 'kf-sig.team': 'good' }, { refuse }))).toBe('shop-v2 in team');
    const entry = enter({ ...kept, 'kf-sig.team': 'expired' }, { refuse });
    expect(whereTo(entry)).toBe('shop-v1 in dev');
    expect(entry.stale).toEqual(['kf-ve', 'kf-dep.team', 'kf-sig.team']);
  });

  test('where the request fails without them, too, they are not to blame', () => {
    const entry = enter({ 'kf-ve': 'team' }, { selectors: { deployment: 'v9' } });
    expect(whereTo(entry)).toBe('unknown-version');
    expect(entry.stale).toEqual([]);
  });
});

describe('paths that the version has no route for', () => {
  test('are not answered by another version of the same app', () => {
    const entry = enter({ 'kf-dep.dev': 'shop-v2' }, { target: '/old' });
    expect(whereTo(entry)).toBe('no-route');
    expect(entry.stale).toEqual([]);
  });

  test('are answered by other apps', () => {
    const entry = enter({ 'kf-dep.dev': 'shop-v2' }, { target: '/pay/now' });
    expect(whereTo(entry)).toBe('pay-v1 in dev');
    expect(entry.used).toEqual([]);
    expect(entry.stale).toEqual([]);
  });
});

test('cookies never make a request fail but by a missing route, and without them it goes where it would', () => {
  const anyCookies = fc.dictionary(
    fc.constantFrom('kf-ve', 'kf-dep.dev', 'kf-dep.team', 'kf-dep.loose', 'kf-sig.dev', 'kf-page.dev'),
    fc.constantFrom('v1', 'v2', 'v3', 'shop-v2', 'pay-v1', 'team', 'dev', 'bare', 'loose', 'gone', '', '%'),
    { maxKeys: 4 },
  );
  const anySelectors = fc.record(
    { deployment: fc.constantFrom('v1', 'v2', 'v9'), environment: fc.constantFrom('dev', 'team', 'nowhere') },
    { requiredKeys: [] },
  );
  const anyTarget = fc.constantFrom('/shop', '/team/shop', '/new', '/pay', '/old');
  fc.assert(
    fc.property(anyCookies, anySelectors, anyTarget, (cookies, selectors, target) => {
      const entry = enter(cookies, { selectors, target });
      const plain = enter({}, { selectors, target });
      const isLost = isProblem(entry.outcome) && !isProblem(plain.outcome);
      expect(isLost ? whereTo(entry) : 'no-route').toBe('no-route');
      expect(entry.used.length > 0 || whereTo(entry) === whereTo(plain)).toBe(true);
      for (const name of [...entry.used, ...entry.stale]) expect(cookies).toHaveProperty([name]);
      for (const name of entry.used) expect(entry.stale).not.toContain(name);
    }),
  );
});
