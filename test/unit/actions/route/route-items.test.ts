// The list of routes: in the order in which they are asked, with what an environment makes of them.
import { expect, test } from 'vitest';
import { routeItems } from '../../../../src/actions/route/route-items.ts';
import { routedVersion } from '../../../../src/core/routing/table/routed-version.ts';
import type { RoutedVersion } from '../../../../src/core/routing/table/routed-version.ts';
import { manifestOf, tableOf } from '../../core/routing/routing-fixture.ts';

function versionOf(name: string, routes: Record<string, readonly string[]>, app = 'shop') {
  const components = Object.entries(routes).map(([component, rules]) => [component, { rules }] as const);
  return manifestOf(name, Object.fromEntries(components), app);
}

const v1 = versionOf('v1', {
  ui: ['PathPrefix(`/`)', 'PathPrefix(`/{{.Vars.REGION}}`)'],
  api: ['PathPrefix(`/api/{id}`)', 'Path(`/api/me`)', 'Host(`api.example`)'],
});
const blog = versionOf('b1', { blog: ['PathPrefix(`/`)'] }, 'blog');

function listed(region?: string | string[]) {
  const vars = region === undefined ? {} : { REGION: region };
  const table = tableOf({
    versions: [
      { manifest: v1, runsIn: ['dev'] },
      { manifest: blog, runsIn: ['dev'] },
    ],
    environments: [{ name: 'dev', vars }],
    releases: { 'dev.shop': 'v1' },
  });
  return (versions: readonly RoutedVersion[]) => routeItems(table, versions, 'dev');
}

test('routes stand in the order in which they are asked; one without its values comes last, with the reason', () => {
  const items = listed()([routedVersion(v1, ['dev'])]);
  expect(items.map(({ component, index }) => `${component} ${index}`)).toEqual([
    'api 2',
    'api 1',
    'api 0',
    'ui 0',
    'ui 1',
  ]);
  expect(items.at(-1)).toMatchObject({
    rules: [],
    problems: ['routes.1.env.REGION is required but has no value'],
  });
  expect(items.every(({ released, ties }) => released && ties.length === 0)).toBe(true);
});

test('values of the environment stand in the rules; a list makes one of each', () => {
  const rule = 'PathPrefix(`/{{.Vars.REGION}}`)';
  const one = listed('eu')([routedVersion(v1, ['dev'])]).find((item) => item.rule === rule);
  expect(one).toMatchObject({ rules: ['PathPrefix(`/eu`)'], problems: [] });
  const two = listed(['eu', 'us'])([routedVersion(v1, ['dev'])]).find((item) => item.rule === rule);
  expect(two?.rules).toEqual(['PathPrefix(`/eu`)', 'PathPrefix(`/us`)']);
});

test('routes between which nothing decides are told of each other, with a request that both match', () => {
  const items = listed()([routedVersion(v1, ['dev']), routedVersion(blog, ['dev'])]);
  const tied = items.filter(({ ties }) => ties.length > 0);
  expect(
    tied.map(({ app, ties }) => [app, ties.map((tie) => `${tie.app} ${tie.component} ${tie.index}`)]),
  ).toEqual([
    ['shop', ['blog blog 0']],
    ['blog', ['shop ui 0']],
  ]);
  expect(tied[0]?.ties[0]?.example).toContain('GET /');
  expect(tied[1]?.released).toBe(false);
});
