// What `fox route explain` says is what a router does: random requests, sent to a real router and explained from the same cluster.
import { request as httpRequest } from 'node:http';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readInquiry, type TypedRequest } from '../../src/actions/route/inquiry.ts';
import { observedTable } from '../../src/actions/route/observed-table.ts';
import { ApiClient } from '../../src/cluster/api/api-client.ts';
import { openTransport } from '../../src/cluster/api/transport.ts';
import { Namespace } from '../../src/cluster/namespace.ts';
import { kind, label, managedBy } from '../../src/core/labels.ts';
import { longestHead } from '../../src/core/routing/carried-request.ts';
import { release } from '../../src/core/release.ts';
import {
  explainRequest,
  type Inquiry,
  type RouterView,
} from '../../src/core/routing/explain/explain-request.ts';
import { isProblem, problemBody, problemKinds } from '../../src/core/routing/problem.ts';
import { defaultRouterSettings, settingsInForce } from '../../src/core/routing/router-settings.ts';
import { manifestOf } from '../unit/core/routing/routing-fixture.ts';
import { echo, World } from './router-world.ts';

let world: World;
let view: RouterView;

beforeAll(async () => {
  world = await World.create();
  world.putEnvironment('dev', {}, true);
  world.putDefinition({
    name: 'team',
    vars: { REGION: 'eu' },
    hosts: ['team.example'],
    subPath: 'team',
    skewProtection: '30m',
  });
  world.putDefinition({
    name: 'closed',
    parent: 'team',
    vars: {},
    hosts: ['closed.example'],
    access: 'internal',
  });
  world.putDefinition({ name: 'signed', vars: {}, access: 'signed' });
  world.putDefinition({ name: 'orphan', parent: 'gone', vars: {} });
  const rules = {
    v1: { ui: ['PathPrefix(`/`)'], api: ['PathPrefix(`/api`)', 'Path(`/api/{id:[0-9]+}`) && Method(`GET`)'] },
    v2: {
      ui: ['PathPrefix(`/`)', 'Host(`team.example`) && Path(`/who`)'],
      api: [
        'PathPrefix(`/{{.Vars.REGION}}`)',
        'PathPrefix(`/api/{rest...}`) && (Header(`x-a`, `1`) || Query(`a`))',
      ],
    },
  };
  for (const [version, { ui, api }] of Object.entries(rules)) {
    const manifest = manifestOf(version, {
      ui: { source: version, rules: ui, calls: ['api'] },
      api: { source: version, rules: api },
    });
    const listeners = { ui: echo(`ui ${version}`), api: echo(`api ${version}`) };
    for (const environment of ['dev', 'team']) await world.runVersion(manifest, environment, listeners);
    world.putVersion(manifest, version === 'v1' ? ['dev', 'team', 'closed', 'signed'] : ['dev', 'team']);
  }
  const blog = manifestOf('v1', { blog: { rules: ['PathPrefix(`/blog`)', 'PathPrefix(`/api`)'] } }, 'blog');
  await world.runVersion(blog, 'dev', { blog: echo('blog v1') });
  world.putVersion(blog, ['dev']);
  world.api.put('configmaps', {
    metadata: {
      name: 'shop-version-v9',
      labels: {
        [label.managedBy]: managedBy,
        [label.kind]: kind.version,
        [label.app]: 'shop',
        [label.version]: 'v9',
      },
    },
    binaryData: { manifest: 'AAAA' },
  });
  const asked = { id: '2', by: 'tester', reason: '', at: new Date().toISOString() };
  const v1 = release(undefined, { version: 'v1', manifestDigest: '0' }, { ...asked, id: '1' });
  world.putReleases(
    { 'dev.shop': 'v1', 'dev.blog': 'v1', 'closed.shop': 'v1', 'signed.shop': 'v9' },
    // As it is after v1 was released there.
    { 'team.shop': JSON.stringify(release(v1, { version: 'v2', manifestDigest: '0' }, asked)) },
  );
  await world.startRouter();
  view = await observedView();
});
afterAll(async () => world.end());

/** What the command line would know of the cluster that the router follows. */
async function observedView(): Promise<RouterView> {
  const transport = openTransport({
    server: `http://127.0.0.1:${world.api.port}`,
    options: () => ({ headers: { authorization: 'Bearer secret' } }),
    hints: { unreachable: [], unauthorized: [] },
  });
  const namespace = new Namespace(new ApiClient(transport.send, 'default'));
  const table = observedTable(await namespace.observe(), await namespace.pods());
  transport.close();
  return { table, settings: settingsInForce(defaultRouterSettings), isEmbedded: true, now: Date.now() };
}

/** What answers, with what it was told; or what stands in place of an answer. */
type Outcome =
  | { readonly at: string; readonly sees: string; readonly baggage: string }
  | { readonly status: number; readonly body: string };

async function ask({ method, target, headers }: Inquiry): Promise<Outcome> {
  const outgoing = httpRequest(world.router?.url ?? '', {
    method,
    path: target,
    headers: [...headers],
    agent: false,
  });
  outgoing.end();
  const [response] = await once(outgoing, 'response');
  const body = await text(response);
  if (response.headers['content-type'] === 'application/problem+json')
    return { status: response.statusCode ?? 0, body };
  const seen = JSON.parse(body) as { name: string; url: string; headers: Record<string, string> };
  return { at: seen.name, sees: seen.url, baggage: contextIn(seen.headers['baggage'] ?? '') };
}

/** How long the path of a request to localhost is, without its slash, that is too long by a byte. */
const fitting = longestHead - '/hostlocalhostconnectionclose'.length;

function inquiryOf(typed: TypedRequest): Inquiry {
  return readInquiry({ ...typed, header: ['connection: close'] }, 'http://localhost', 'embedded');
}

/** The answer to a request whose bytes no client has changed. */
async function sendAsTyped({ method, target, headers }: Inquiry): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(world.router?.url ?? '');
  const socket = connect(Number(port), hostname);
  const lines = headers.flatMap((name, index) =>
    index % 2 === 0 ? [`${name}: ${headers[index + 1] ?? ''}`] : [],
  );
  socket.write([`${method} ${target} HTTP/1.1`, ...lines, '', ''].join('\r\n'));
  const answer = await text(socket);
  const end = answer.indexOf('\r\n\r\n');
  return { status: Number(answer.split(' ')[1]), body: answer.slice(end + 4) };
}

/** Deadlines and marks come from the clock and from elsewhere. */
function contextIn(baggage: string): string {
  return baggage
    .split(',')
    .filter((member) => /^kf-(dep|ve)=/.test(member))
    .join(',');
}

function explained(inquiry: Inquiry): Outcome {
  const { outcome, told, environments } = explainRequest(inquiry, view);
  if (isProblem(outcome))
    return { status: problemKinds[(told ?? outcome).problem].status, body: problemBody(told ?? outcome) };
  const { component, version, environment } = outcome;
  return {
    at: `${component} ${version.name}`,
    sees: environments[0]?.target ?? '',
    baggage: `kf-dep=${version.deployment},kf-ve=${environment}`,
  };
}

const environments = ['dev', 'team', 'closed', 'signed', 'orphan', 'nix'] as const;
const versions = ['v1', 'v2', 'v9', 'shop-v1', 'shop-v2', 'blog-v1', 'v3'] as const;
const sometimes = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });

/** Requests that name what is there, what isn't, and what isn't to be named, in all places. */
const anyInquiry: fc.Arbitrary<Inquiry> = fc
  .record({
    method: fc.constantFrom('GET', 'GET', 'PUT'),
    path: fc.constantFrom(
      '/',
      '/api',
      '/api/7',
      '/api/x/y',
      '/team',
      '/team/api/7',
      '/eu/x',
      '/blog/1',
      '/who',
      '//x',
      '/a%2Fb',
      '/a/../api/7',
      '/api\\7',
      '/api/%2e%2e/x',
    ),
    query: fc.subarray(['a=1', 'b=%20x']),
    queried: sometimes(fc.constantFrom(...environments)),
    asked: sometimes(fc.constantFrom(...versions)),
    long: sometimes(fc.constantFrom(...versions)),
    named: sometimes(fc.constantFrom(...environments)),
    host: fc.constantFrom(
      'localhost',
      'team.example',
      'closed.example:80',
      'team.localhost',
      'nix.localhost',
    ),
    header: sometimes(fc.constantFrom('1', '2')),
    kept: sometimes(fc.constantFrom(...environments)),
    keptVersion: sometimes(fc.constantFrom(...versions)),
    site: sometimes(fc.constantFrom('same-origin', 'none')),
    page: sometimes(fc.constantFrom('shop-v1', 'shop-v2')),
    destination: fc.constantFrom('document', 'script'),
  })
  .map(
    ({
      method,
      path,
      query,
      queried,
      asked,
      long,
      named,
      host,
      header,
      kept,
      keptVersion,
      site,
      page,
      destination,
    }) => {
      const parameters = [
        ...query,
        ...(queried === undefined ? [] : [`kf-ve=${queried}`]),
        ...(asked === undefined ? [] : [`kf-dep=${asked}`]),
      ];
      const cookies = [
        ...(kept === undefined ? [] : [`kf-ve=${kept}`]),
        ...(page === undefined ? [] : [`kf-page.team=${page}`]),
        ...(keptVersion === undefined ? [] : [`kf-dep.${kept ?? 'dev'}=${keptVersion}`]),
      ];
      const headers = [
        ['host', host],
        ['x-a', header],
        ['kf-ve', named],
        ['kubefox-app-deployment', long],
        ['cookie', cookies.length === 0 ? undefined : cookies.join('; ')],
        [
          'sec-fetch-mode',
          site === undefined ? undefined : destination === 'script' ? 'no-cors' : 'navigate',
        ],
        ['sec-fetch-dest', site === undefined ? undefined : destination],
        ['sec-fetch-site', site],
      ].flatMap(([name = '', value]) => (value === undefined ? [] : [name, value]));
      const target = parameters.length === 0 ? path : `${path}?${parameters.join('&')}`;
      return { method, target, headers, peer: '127.0.0.1' };
    },
  );

test.each<[string, TypedRequest, number]>([
  ['a dot segment', { url: 'http://localhost/a/../api/7' }, 400],
  ['a backslash', { url: '/api\\7' }, 400],
  ['an encoded dot segment', { url: '/api/%2e%2e/files/x' }, 400],
  ['a dot segment at the beginning', { url: '/./x' }, 400],
  ['CONNECT', { url: '/', method: 'CONNECT' }, 405],
  ['TRACE', { url: '/', method: 'TRACE' }, 405],
  ['a long path', { url: `/${'x'.repeat(60_000)}` }, 431],
  ['as long a path as just does not fit', { url: `/${'x'.repeat(fitting)}` }, 431],
])('what is typed is explained as it would arrive: %s', async (_, typed, status) => {
  const inquiry = inquiryOf(typed);
  const actual = await sendAsTyped(inquiry);
  expect(actual.status).toBe(status);
  expect(explained(inquiry)).toEqual(actual);
});

test('the longest path that fits is not refused for it', async () => {
  const inquiry = inquiryOf({ url: `/${'x'.repeat(fitting - 1)}` });
  // Processes of Node take shorter ones.
  expect((await sendAsTyped(inquiry)).body).not.toContain('urn:fox:problem');
  expect(explained(inquiry)).toHaveProperty('at');
});

test('any request ends where its explanation says', async () => {
  const reached = new Set<string>();
  await fc.assert(
    fc.asyncProperty(anyInquiry, async (inquiry) => {
      const actual = await ask(inquiry);
      expect(actual).toEqual(explained(inquiry));
      reached.add('at' in actual ? actual.at : (JSON.parse(actual.body) as { type: string }).type);
    }),
    { numRuns: 400 },
  );
  // Otherwise little would have been compared.
  expect([...reached].toSorted()).toEqual(
    expect.arrayContaining([
      'ui v1',
      'ui v2',
      'api v1',
      'api v2',
      'blog v1',
      'urn:fox:problem:access-refused',
    ]),
  );
}, 60_000);
