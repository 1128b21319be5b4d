// The text of listed routes: where there are none, it says whose.
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
