// Skew protection: which version a page's assets come from, over any history of releases and rollbacks.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { release, type ReleaseRecord, rollback } from '../../../../../src/core/release.ts';
import { decideEntry } from '../../../../../src/core/routing/browser/entry.ts';
import { assetDestination } from '../../../../../src/core/routing/browser/skew.ts';
import { routedRequest } from '../../../../../src/core/routing/rules/routed-request.ts';
import { serveRecords } from '../../../../../src/core/routing/table/released-records.ts';
import { routedVersion } from '../../../../../src/core/routing/table/routed-version.ts';
import { RoutingTable } from '../../../../../src/core/routing/table/routing-table.ts';
import { manifestOf } from '../routing-fixture.ts';

const minute = 60_000;
const begin = Date.parse('2026-01-01T00:00:00Z');
const names = ['v1', 'v2', 'v3'];

type Step =
  | { readonly to: string; readonly after: number }
  | { readonly rollback: true; readonly after: number };

/** The record after these steps, each so many minutes after the one before, and the time of the last. */
function recordAfter(steps: readonly Step[]): { record: ReleaseRecord | undefined; now: number } {
  let record: ReleaseRecord | undefined;
  let now = begin;
  for (const step of steps) {
    now += step.after * minute;
    const request = { id: String(now), by: '', reason: '', at: new Date(now).toISOString() };
    if ('to' in step) record = release(record, { version: step.to, manifestDigest: step.to }, request);
    else if (record?.previous !== undefined)
      record = rollback(record, { digestOf: (name) => name, hasConfiguration: () => true }, request);
  }
  return { record, now };
}

function tableWith(
  record: ReleaseRecord | undefined,
  skewProtection = '30m',
  gone: readonly string[] = [],
): RoutingTable {
  const table = new RoutingTable();
  table.setEnvironment({ name: 'dev', vars: {}, skewProtection }, true);
  for (const name of names)
    if (!gone.includes(name))
      table.setVersion(
        routedVersion(
          manifestOf(name, { ui: { source: name, rules: [`PathPrefix(\`/\`)`, `Path(\`/${name}\`)`] } }),
          ['dev'],
        ),
      );
  serveRecords(table, record === undefined ? [] : [{ environment: 'dev', app: 'shop', record }]);
  return table;
}

/** The version that an asset of a page comes from. */
function assetOf(
  table: RoutingTable,
  page: string,
  now: number,
  { isAsset = true, selected = '', kept = '' }: { isAsset?: boolean; selected?: string; kept?: string } = {},
): string | undefined {
  const cookies = new Map([
    ['kf-page.dev', `shop-${page}`],
    ...(kept === '' ? [] : [['kf-dep.dev', kept] as const]),
  ]);
  const selectors = selected === '' ? {} : { deployment: selected };
  const request = routedRequest({ method: 'GET', target: '/app.js' });
  const entry = decideEntry(
    table,
    { selectors, cookies, target: '/app.js' },
    { isLocal: false, refuse: () => undefined, requestFor: () => request },
  );
  const found = assetDestination(table, { entry, cookies, intent: { isAsset }, request, now });
  if (found !== undefined) return found.version.name;
  return 'version' in entry.outcome ? entry.outcome.version.name : undefined;
}

const twice = recordAfter([
  { to: 'v1', after: 0 },
  { to: 'v2', after: 10 },
  { to: 'v3', after: 5 },
]);

test('for a while, assets come from the version of their page, also after two quick releases', () => {
  const table = tableWith(twice.record);
  expect(assetOf(table, 'v1', twice.now + 24 * minute)).toBe('v1');
  expect(assetOf(table, 'v1', twice.now + 25 * minute)).toBe('v3');
  expect(assetOf(table, 'v2', twice.now + 29 * minute)).toBe('v2');
  expect(assetOf(table, 'v2', twice.now + 30 * minute)).toBe('v3');
  expect(assetOf(table, 'v3', twice.now)).toBe('v3');
  expect(assetOf(table, 'v9', twice.now)).toBe('v3');
});

test('what is no asset, or was selected, is not concerned', () => {
  const table = tableWith(twice.record);
  expect(assetOf(table, 'v2', twice.now, { isAsset: false })).toBe('v3');
  expect(assetOf(table, 'v2', twice.now, { selected: 'v1' })).toBe('v1');
  expect(assetOf(table, 'v2', twice.now, { kept: 'v1' })).toBe('v1');
});

test('off by default, and where the version is gone', () => {
  expect(assetOf(tableWith(twice.record, 'off'), 'v2', twice.now)).toBe('v3');
  expect(assetOf(tableWith(twice.record, '30m', ['v2']), 'v2', twice.now)).toBe('v3');
});

test('a rollback ends it', () => {
  const { record, now } = recordAfter([
    { to: 'v1', after: 0 },
    { to: 'v2', after: 1 },
    { rollback: true, after: 1 },
  ]);
  expect(assetOf(tableWith(record), 'v2', now)).toBe('v1');
  const later = recordAfter([
    { to: 'v1', after: 0 },
    { to: 'v2', after: 1 },
    { rollback: true, after: 1 },
    { to: 'v3', after: 1 },
  ]);
  expect(assetOf(tableWith(later.record), 'v1', later.now)).toBe('v1');
  expect(assetOf(tableWith(later.record), 'v2', later.now)).toBe('v3');
});

test('a record that somebody has damaged protects nothing and breaks nothing', () => {
  for (const replaced of ['x', [null], [{}], [{ version: 'v2' }], [{ version: 'v2', at: 'soon' }], {}]) {
    const record = { ...twice.record, replaced } as unknown as ReleaseRecord;
    expect(assetOf(tableWith(record), 'v2', twice.now)).toBe('v3');
    const request = { id: 'x', by: '', reason: '', at: new Date(twice.now).toISOString() };
    const next = release(record, { version: 'v1', manifestDigest: 'v1' }, request);
    expect(next.replaced?.map(({ version }) => version)).toEqual(['v3']);
  }
});

test('whatever was released and rolled back when, an asset comes from its page only within the time, and never after a rollback', () => {
  const anyStep: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ to: fc.constantFrom(...names), after: fc.integer({ min: 0, max: 40 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ rollback: fc.constant(true as const), after: fc.integer({ min: 0, max: 40 }) }),
    },
  );
  fc.assert(
    fc.property(
      fc.array(anyStep, { minLength: 1, maxLength: 12 }),
      fc.constantFrom(...names),
      fc.integer({ min: 0, max: 60 }),
      (steps, page, later) => {
        const { record, now } = recordAfter(steps);
        if (record === undefined) return;
        // The model: when each version was last left by a release, forgotten by every rollback that does something.
        const left = new Map<string, number>();
        let current: string | undefined;
        let previous: string | undefined;
        let time = begin;
        for (const step of steps) {
          time += step.after * minute;
          if ('to' in step) {
            if (current !== undefined && current !== step.to) left.set(current, time);
            [previous, current] = [current, step.to];
          } else if (previous !== undefined) {
            [previous, current] = [current, previous];
            left.clear();
          }
          if (current !== undefined) left.delete(current);
        }
        const since = left.get(page);
        const moment = now + later * minute;
        const isProtected = since !== undefined && moment - since < 30 * minute;
        expect(assetOf(tableWith(record), page, moment)).toBe(isProtected ? page : current);
        expect(record.replaced?.length ?? 0).toBeLessThanOrEqual(8);
      },
    ),
  );
});
