// The text of an explained request: one step per line, and what is answered where it gets nowhere.
import { expect, test } from 'vitest';
import type { ExplainedRoute, RouteExplainResult } from '../../../src/actions/route/explain-result.ts';
import { makeStyle } from '../../../src/output/style.ts';
import { byteText, durationText } from '../../../src/output/text/amounts.ts';
import { routeExplainText } from '../../../src/output/text/route-explain.ts';

const route: ExplainedRoute = {
  app: 'shop',
  version: 'v1',
  component: 'ui',
  index: 0,
  rule: 'PathPrefix(`/`)',
  matches: true,
};
const lost: ExplainedRoute = { ...route, component: 'api', rule: 'Path(`/api`)', matches: false, why: 'no' };

const result: RouteExplainResult = {
  schema: 'fox/v1',
  kind: 'route explain',
  cluster: { kind: 'embedded', namespace: 'default', state: 'running' },
  request: { method: 'GET', target: '/x', host: 'localhost' },
  selectors: [],
  cookies: [],
  environment: { name: 'dev', by: 'default', others: [] },
  version: { by: 'release', asked: [{ app: 'shop', name: 'v1', revision: 3 }] },
  routes: [route],
  routeProblems: [],
  destination: {
    app: 'shop',
    version: 'v1',
    environment: 'dev',
    component: 'ui',
    target: '/x',
    workload: { name: 'shop-ui-1', hash: '1', sharedWith: ['v2'], pods: { ready: 1, total: 2 } },
    limits: { timeout: 1_500, maxBody: 1_536, concurrency: 5, queue: 0 },
    headers: { variables: [], params: { id: 'a b+c&d' } },
  },
};

function text(more: Partial<RouteExplainResult> = {}): string[] {
  return routeExplainText({ ...result, ...more }, makeStyle(false)).split('\n');
}

/** The result without a destination. */
function failed(more: Partial<RouteExplainResult>): string[] {
  const { destination: _, ...rest } = result;
  return routeExplainText({ ...rest, ...more }, makeStyle(false)).split('\n');
}

test('every step has a line of its own', () => {
  expect(text()).toEqual([
    'GET /x  of localhost',
    '  selectors    none',
    '  environment  dev: it is the default one',
    '  version      shop v1 (revision 3): released in dev',
    '  route        PathPrefix(`/`) of ui, the only one that matches',
    '  component    ui, which sees GET /x',
    '  workload     shop-ui-1, shared with v2',
    '               1 of 2 pods ready',
    '  limits       a response within 1.5 s, a body of at most 1.5 KiB; 5 requests at once per pod, 0 waiting',
    '  headers      x-fox-params: id=a+b%2Bc%26d',
  ]);
});

test('no control character of a request reaches the terminal', () => {
  const evil = 'a\u001b[2J\nb\u009b\u202e';
  const shown = 'a\\x1b[2J\\x0ab\\x9b\\u202e';
  const request = { method: 'GET', target: `/${evil}`, host: evil, client: evil };
  const problem = {
    type: 'no-route',
    status: 404,
    title: 'No',
    detail: evil,
    reason: evil,
    try: [evil],
  } as const;
  const told = failed({
    request,
    subPath: evil,
    selectors: [{ selects: 'deployment', place: 'query kf-dep', value: evil, counts: true }],
    cookies: [{ name: 'kf-ve', value: evil, state: 'stale' }],
    routes: [{ ...lost, why: evil }],
    problem,
  }).join('\n');
  expect(told).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
  expect(told.split(shown)).toHaveLength(11);
  const { destination } = result;
  if (destination === undefined) throw new Error('it has one');
  const headers = { ...destination.headers, baggage: evil, params: { rest: evil }, forwardedPrefix: evil };
  const reached = text({ destination: { ...destination, target: evil, headers } });
  expect(reached.join('\n')).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
  expect(reached.slice(-3)).toEqual([
    `  headers      baggage: ${shown}`,
    '               x-fox-params: rest=a%1B%5B2J%0Ab%C2%9B%E2%80%AE',
    `               x-forwarded-prefix: ${shown}`,
  ]);
});

test('what lost stands below, a few of many; all of them where nothing matches', () => {
  const many = Array.from({ length: 20 }, (_, index) => ({ ...lost, index }));
  const told = text({ routes: [route, ...many] });
  expect(told.filter((line) => line.includes('not Path(`/api`) of api: no'))).toHaveLength(8);
  expect(told).toContain('               and 12 more that lost (-o json)');
  const none = failed({ routes: many });
  expect(none.filter((line) => line.includes('not Path(`/api`) of api: no'))).toHaveLength(20);
  expect(none).toContain('  route        none matches');
});

test('those that match as well come first, and a rule is not said twice', () => {
  const failing = { ...lost, why: "Path(`/api`) doesn't hold: the path is /x" };
  const rival = { ...route, rule: 'All()', why: 'a rule with a path goes before one without' };
  expect(text({ routes: [failing, route, rival] }).slice(4, 7)).toEqual([
    '  route        PathPrefix(`/`) of ui',
    '               not All() of ui: a rule with a path goes before one without',
    '               not Path(`/api`) of api: the path is /x',
  ]);
});

test('apps are named where there are several, and a tie is told', () => {
  const told = failed({ routes: [route, { ...route, app: 'blog', component: 'web' }] });
  expect(told).toContain(
    '  route        PathPrefix(`/`) of shop ui and PathPrefix(`/`) of blog web: nothing decides between them',
  );
});

test('what is released is what would be asked without a selector, not where the request goes when nothing matches', () => {
  const asked = [{ app: 'shop', name: 'v2' }];
  const released = [{ app: 'blog', name: 'v1' }, ...asked];
  const line = (more: Partial<RouteExplainResult['version']>) =>
    text({ version: { by: 'selector', asked, released, ...more } }).slice(3, 5);
  expect(line({})).toEqual([
    '  version      shop v2: the request asks for it',
    '               without that, blog v1, shop v2: released in dev',
  ]);
  expect(line({ released: [] })[1]).toBe('               without that, none: nothing is released in dev');
});

test('a problem is told with what clients are not told, and with what to try', () => {
  const problem = {
    type: 'access-refused',
    status: 403,
    title: 'No',
    detail: 'It may not.',
    reason: 'dev: closed',
    try: ['fox env list', 'Ask.'],
  } as const;
  expect(failed({ problem, routes: [], version: { by: 'selector', asked: [] } })).toEqual([
    'GET /x  of localhost',
    '  selectors    none',
    '  environment  dev: it is the default one',
    '✘ 403 access-refused: It may not.',
    '  not told to clients: dev: closed',
    '→ `fox env list`',
    '→ Ask.',
  ]);
});

test.each([
  ['stopped', { ready: 0, total: 2 }, 'no pod is ready: the embedded cluster is stopped'],
  [
    'running',
    { ready: 0, total: 1 },
    'none of 1 pod is ready: requests wait a little, then the answer is 503',
  ],
  ['running', { ready: 0, total: 0 }, 'no pod: the answer would be 503'],
] as const)('%s, of pods %o: %s', (state, pods, said) => {
  const { destination } = result;
  if (destination === undefined) throw new Error('it has one');
  const workload = { ...destination.workload, pods };
  const cluster = { ...result.cluster, state };
  expect(text({ cluster, destination: { ...destination, workload } })).toContain(`               ${said}`);
});

test('amounts are told in the unit that suits them', () => {
  expect([0, 1_023, 1_024, 1_536, 10 * 1024 ** 2, 3 * 1024 ** 5].map(byteText)).toEqual([
    '0 B',
    '1023 B',
    '1 KiB',
    '1.5 KiB',
    '10 MiB',
    '3072 TiB',
  ]);
  expect([250, 1_000, 90_000, 300_000].map(durationText)).toEqual(['250 ms', '1 s', '90 s', '5 min']);
});
