// The text of listed routes: where there are none, it says whose; and what ties.
import { expect, test } from 'vitest';
import type { RouteListResult } from '../../../src/actions/route/list.ts';
import { makeStyle } from '../../../src/output/style.ts';
import { routeListText } from '../../../src/output/text/route-list.ts';

const none: RouteListResult = {
  schema: 'fox/v1',
  kind: 'route list',
  cluster: { kind: 'embedded', namespace: 'default', state: 'running' },
  environment: 'dev',
  items: [],
};
const textOf = (result: RouteListResult) => routeListText(result, makeStyle(false));

test('nothing is released, or the version has none', () => {
  expect(textOf(none)).toContain('Nothing with a route is released in dev');
  expect(textOf({ ...none, version: 'v1' })).toBe('v1 has no routes: from outside nothing reaches it.');
});

test('a tie is told with a request that both match, where one was found', () => {
  const item = {
    app: 'shop',
    version: 'v1',
    component: 'web',
    index: 0,
    rule: 'Path(`/{a}`)',
    rules: ['Path(`/{a}`)'],
    priority: 0,
    released: true,
    problems: [],
    ties: [
      { app: 'shop', component: 'api', index: 1, example: 'GET /x' },
      { app: 'shop', component: 'api', index: 2 },
    ],
  };
  const text = textOf({ ...none, items: [item] });
  expect(text).toContain('ties with routes.1 of api: both match GET /x, and nothing decides');
  expect(text).toContain('ties with routes.2 of api: both may match the same requests, and nothing decides');
});
