// Text of what became of virtual environments.
import { expect, it } from 'vitest';
import type { EnvironmentChangeResult } from '../../../src/actions/environments/change/change-result.ts';
import type { ValueChange } from '../../../src/actions/environments/change/environment-change.ts';
import { makeStyle } from '../../../src/output/style.ts';
import { environmentChangeText } from '../../../src/output/text/environment-change.ts';

const style = makeStyle(false);
const nothing: EnvironmentChangeResult = {
  schema: 'fox/v1',
  kind: 'env set',
  environments: [],
  workloads: { create: [], remove: [] },
  pods: { before: 2, after: 2 },
  routers: { acked: 0, total: 0 },
  held: [],
  dryRun: false,
};

it('has a line for each environment, then what was made, what left and who serves it', () => {
  const result: EnvironmentChangeResult = {
    ...nothing,
    environments: [
      {
        name: 'team-a',
        action: 'changed',
        changes: [
          { name: 'vars.THEME', before: 'light', after: 'dark' },
          { name: 'vars.PAGE', after: 20 },
          { name: 'vars.TEXT', before: 20, after: '20' },
          { name: 'vars.OLD', before: true },
          {
            name: 'secrets.KEY',
            before: { fingerprint: '1'.repeat(64) },
            after: { fingerprint: '2'.repeat(64), from: 'n/k' },
          },
        ],
      },
      { name: 'team-b', action: 'unchanged', changes: [] },
    ],
    workloads: { create: ['shop-web-1', 'shop-api-2'], remove: ['shop-web-0'] },
    routers: { acked: 3, total: 3 },
    flipMs: 41.3,
    held: [{ app: 'shop', version: 'v2', environment: 'prod' }],
  };
  expect(environmentChangeText(result, style).split('\n')).toEqual([
    '✔ team-a is changed: THEME light → dark · PAGE = 20 · TEXT 20 → "20" · OLD unset · KEY •••• 11111111 → •••• 22222222 from n/k',
    '✔ team-b is unchanged',
    '  made 2 workloads: shop-web-1, shop-api-2',
    '  removed 1 workload: shop-web-0',
    '  released shop v2 keeps what it was released with; `fox release v2 -e prod` takes this over',
    '  live on 3/3 routers in 41 ms',
  ]);
});

it('tells nothing of the key of signed links, which nobody has set', () => {
  const changes = [
    { name: 'access', before: 'signed' },
    { name: 'accessKey', before: 'k' },
  ];
  const environments = [{ name: 'a', action: 'changed' as const, changes }];
  expect(environmentChangeText({ ...nothing, environments }, style)).toBe('✔ a is changed: access unset');
});

it('says of a dry run what would be, and that nothing was', () => {
  const result: EnvironmentChangeResult = {
    ...nothing,
    environments: [{ name: 'a', action: 'created', changes: [{ name: 'parent', after: 'dev' }] }],
    workloads: { create: ['shop-web-1'], remove: [] },
    dryRun: true,
  };
  expect(environmentChangeText(result, style).split('\n')).toEqual([
    'a would be created: parent dev',
    '  would make 1 workload: shop-web-1',
    'Nothing was changed (--dry-run).',
  ]);
});

/** A result in which a variable is set. */
function setting(after: string): EnvironmentChangeResult {
  const changes = [{ name: 'vars.A', after }];
  return { ...nothing, environments: [{ name: 'a', action: 'changed', changes }] };
}

it('cuts long values, and lets none break the line', () => {
  expect(environmentChangeText(setting('x'.repeat(500)), style)).toBe(
    `✔ a is changed: A = ${'x'.repeat(60)}… (500 characters)`,
  );
  expect(environmentChangeText(setting('one\ntwo'), style)).toBe('✔ a is changed: A = "one\\ntwo"');
});

it.each([
  ['red\u001B[31m', '"red\\u001b[31m"'],
  ['\u009B2J', '"\\u{9b}2J"'],
  ['\u202Eback', '"\\u{202e}back"'],
])('shows nothing that a terminal would obey: %j', (value, shown) => {
  expect(environmentChangeText(setting(value), style)).toBe(`✔ a is changed: A = ${shown}`);
});

it.each([
  [[{ name: 'ttl', after: '72h' }, until('2026-01-04')], 'lives 72h, until 2026-01-04T03:04:05Z'],
  [[until('2026-01-05', '2026-01-04')], 'lives until 2026-01-05T03:04:05Z'],
  [
    [
      { name: 'ttl', before: '72h', after: '1h' },
      { name: 'vars.A', after: 1 },
    ],
    'A = 1 · lives 1h',
  ],
  [
    [
      { name: 'ttl', before: '72h' },
      { name: 'expiresAt', before: '2026-01-04T03:04:05Z' },
    ],
    'lives until somebody deletes it',
  ],
])('says in words how long an environment lives: %j', (changes, shown) => {
  const environments = [{ name: 'pr-1', action: 'changed' as const, changes }];
  expect(environmentChangeText({ ...nothing, environments }, style)).toBe(`✔ pr-1 is changed: ${shown}`);
});

function until(day: string, before?: string): ValueChange {
  const time = 'T03:04:05Z';
  return {
    name: 'expiresAt',
    ...(before === undefined ? {} : { before: before + time }),
    after: day + time,
  };
}

it('says that there is nothing to do', () => {
  expect(environmentChangeText(nothing, style)).toBe('There is nothing to change');
});
