// Merging a step of a story into a config: the user's text stays to the letter, and conflicts are named.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { mergeConfig } from '../../../src/config/merge-config.ts';

const orderApp = join(import.meta.dirname, '../../../templates/order-app');
const v1 = await readFile(join(orderApp, 'v1/fox.config.yaml'), 'utf8');
const v3 = await readFile(join(orderApp, 'v3/fox.config.yaml'), 'utf8');

function merged(own: string): string {
  const result = mergeConfig(own, v1, v3);
  if ('conflicts' in result) throw new Error(result.conflicts.join(', '));
  return result.text;
}

test('an untouched config becomes what the step has', () => {
  expect(parse(merged(v1))).toEqual(parse(v3));
});

test('what the user wrote stays, comments too, and a second time changes nothing', () => {
  const own = `${v1.replace('app: order-app', 'app: order-app # ours\ncluster: { context: kind-dev }\nregistry:   registry.example.com/shop')}\n# the end\n`;
  const text = merged(own);
  const expected = parse(v3) as object;
  expect(parse(text)).toEqual({
    ...expected,
    cluster: { context: 'kind-dev' },
    registry: 'registry.example.com/shop',
  });
  const lines = text.split('\n');
  const changed = ['    calls: [api-server]', '  web-ui: [order-ui, api-server]'];
  const kept = own.split('\n').filter((line) => !changed.some((each) => line.startsWith(each)));
  expect(lines).toEqual(expect.arrayContaining(kept));
  expect(text).toContain('    calls: [api-server, review] # gives it API_SERVER_URL\n');
  expect(text).toContain('# the end');
  expect(merged(text)).toBe(text);
});

test('a new component is built as the user builds all others', () => {
  const own = v1.replaceAll('node:24-slim', 'registry.example.com/base/node:20');
  const { components } = parse(merged(own)) as { components: Record<string, { build: unknown }> };
  expect(components['review']?.build).toEqual({ base: 'registry.example.com/base/node:20' });
  expect(merged(merged(own))).toBe(merged(own));
  const one = parse(merged(v1.replace('node:24-slim', 'node:20'))) as typeof parsed;
  const parsed = { components };
  expect(one.components['review']?.build).toEqual({ base: 'node:24-slim' });
  expect(one.components['order-ui']?.build).toEqual({ base: 'node:20' });
});

test('lists in lines of their own, another indentation, and further components are kept', () => {
  const own = `app: order-app
components:
    mine:
        path: mine
        command: [node, server.js]
    order-ui:
        path: components/order-ui
        command: [node, server.js]
        calls:
            - api-server
            - mine # ours
modules:
    web-ui: [order-ui, mine]
`;
  const result = parse(merged(own)) as Record<string, Record<string, Record<string, unknown>>>;
  expect(result['components']?.['order-ui']?.['calls']).toEqual(['api-server', 'mine', 'review']);
  expect(result['components']?.['review']).toMatchObject({ calls: ['api-server'], forwardsContext: true });
  expect(Object.keys(result['components'] ?? {})).toEqual(['mine', 'order-ui', 'review']);
  expect(result['modules']).toEqual({ 'web-ui': ['order-ui', 'mine', 'review'] });
});

test.each([
  [
    'a component of that name',
    v1.replace('  order-worker:', '  review: { path: r }\n  order-worker:'),
    'components.review',
  ],
  [
    'the component that it changes is gone',
    v1.replace('  order-ui:', '  shop-ui:'),
    'components.order-ui.calls',
  ],
  ['the list is gone', v1.replace('web-ui:', 'web:'), 'modules.web-ui'],
  ['no YAML', 'app: [', 'it is not readable as YAML'],
])('conflict: %s', (_, own, conflict) => {
  const result = mergeConfig(own, v1, v3);
  expect('conflicts' in result ? result.conflicts : []).toContain(conflict);
});
