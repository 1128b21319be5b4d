// Which cookies a response sets and ends, by who asks for what.
import { describe, expect, test } from 'vitest';
import type { EnvironmentDefinition } from '../../../../../src/core/environments/environment-definition.ts';
import { effectiveEnvironment } from '../../../../../src/core/environments/inheritance.ts';
import type { FetchIntent } from '../../../../../src/core/routing/browser/fetch-intent.ts';
import { keptContext, type Visit } from '../../../../../src/core/routing/browser/kept-context.ts';
import type { Problem } from '../../../../../src/core/routing/problem.ts';
import { routedVersion } from '../../../../../src/core/routing/table/routed-version.ts';
import { manifestOf } from '../routing-fixture.ts';

const version = routedVersion(manifestOf('v1', { ui: {} }), ['team']);
const route = { rule: 'All()' };
const outcome = { version, environment: 'team', component: 'ui', workload: 'shop/ui/1', route, captures: {} };
const gone: Problem = { problem: 'unknown-version', detail: '', try: [] };

const intents = {
  typed: { kind: 'navigation', isFromElsewhere: true, isAsset: false, isTold: true },
  link: { kind: 'navigation', isFromElsewhere: false, isAsset: false, isTold: true },
  part: { kind: 'part', isFromElsewhere: false, isAsset: true, isTold: true },
  curl: { kind: 'unclear', isFromElsewhere: false, isAsset: false, isTold: false },
  guessed: { kind: 'navigation', isFromElsewhere: true, isAsset: false, isTold: false },
} as const satisfies Record<string, FetchIntent>;

function text(changes: ReadonlyMap<string, string | undefined>): string[] {
  return [...changes].map(([name, value]) => `${name}=${value ?? 'ENDS'}`);
}

/** A visit of team, where v1 is released. */
function visit(
  intent: keyof typeof intents,
  {
    cookies = {},
    selectors = {},
    says = {},
    stale = [],
    fails = false,
    plain = 'dev',
    asked = selectors,
  }: {
    cookies?: Readonly<Record<string, string>>;
    selectors?: Visit['selectors'];
    says?: Partial<EnvironmentDefinition>;
    stale?: readonly string[];
    fails?: boolean;
    plain?: string;
    asked?: Visit['selectors'];
  },
) {
  const inForce = effectiveEnvironment(new Map([['team', { name: 'team', vars: {}, ...says }]]), 'team');
  if (typeof inForce === 'string') throw new Error(inForce);
  const choice = { environment: 'team', target: '/' };
  const kept = keptContext({
    entry: { choice, asked, used: [], stale, outcome: fails ? gone : outcome },
    cookies: new Map(Object.entries(cookies)),
    selectors,
    intent: intents[intent],
    plainEnvironment: plain,
    inForce,
  });
  return { changes: text(kept.changes), ofPage: text(kept.changesOfPage) };
}

const both = { deployment: 'v1', environment: 'team' };

describe('a selection', () => {
  test('by a navigation is kept: the environment only where nothing else leads there', () => {
    expect(visit('typed', { selectors: both }).changes).toEqual(['kf-ve=team', 'kf-dep.team=v1']);
    expect(visit('typed', { selectors: both, plain: 'team' }).changes).toEqual(['kf-dep.team=v1']);
    expect(visit('link', { selectors: { environment: 'team' } }).changes).toEqual(['kf-ve=team']);
    expect(visit('link', { selectors: { deployment: 'v1' } }).changes).toEqual(['kf-dep.team=v1']);
  });

  test('that is kept already changes nothing, wherever the browser comes from', () => {
    const cookies = { 'kf-ve': 'team', 'kf-dep.team': 'v1' };
    expect(visit('typed', { selectors: both, cookies }).changes).toEqual([]);
  });

  test('replaces another one', () => {
    const cookies = { 'kf-ve': 'other', 'kf-dep.other': 'v7', 'kf-dep.team': 'v9' };
    expect(visit('typed', { selectors: both, cookies }).changes).toEqual([
      'kf-dep.other=ENDS',
      'kf-ve=team',
      'kf-dep.team=v1',
    ]);
    // From elsewhere, an environment without a version is what is released there.
    expect(visit('typed', { selectors: { environment: 'team' }, cookies }).changes).toEqual([
      'kf-dep.other=ENDS',
      'kf-dep.team=ENDS',
      'kf-ve=team',
    ]);
    expect(visit('link', { selectors: { environment: 'team' }, cookies }).changes).toEqual(['kf-ve=team']);
  });

  test('of where one would be anyway ends that of another environment', () => {
    const cookies = { 'kf-ve': 'other' };
    expect(visit('link', { selectors: { environment: 'team' }, cookies, plain: 'team' }).changes).toEqual([
      'kf-ve=ENDS',
    ]);
  });

  test('by a part of a page, or one that fails, is not kept', () => {
    expect(visit('part', { selectors: both }).changes).toEqual([]);
    expect(visit('typed', { selectors: both, fails: true }).changes).toEqual([]);
  });

  test('by who says nothing of himself is kept if it is answered by a page', () => {
    expect(visit('curl', { selectors: both })).toEqual({
      changes: [],
      ofPage: ['kf-ve=team', 'kf-dep.team=v1'],
    });
  });

  test('is kept with its proof where one is needed', () => {
    const selectors = { ...both, signature: 'proof' };
    expect(visit('typed', { selectors, says: { access: 'signed' } }).changes).toContain('kf-sig.team=proof');
    expect(visit('typed', { selectors }).changes).not.toContain('kf-sig.team=proof');
  });

  test('is not kept where nothing sticks, and what was kept ends', () => {
    const cookies = { 'kf-ve': 'team', 'kf-dep.team': 'v9', 'kf-dep.dev': 'v1' };
    expect(visit('link', { selectors: both, cookies, says: { sticky: false } }).changes).toEqual([
      'kf-dep.team=ENDS',
      'kf-ve=ENDS',
    ]);
  });
});

describe('a plain request', () => {
  const cookies = {
    'kf-ve': 'other',
    'kf-dep.other': 'v7',
    'kf-dep.team': 'v9',
    'kf-sig.team': 'x',
    'kf-dep.third': 'v1',
  };

  test.each(['typed', 'guessed'] as const)('%s from elsewhere leaves what was selected there', (intent) => {
    expect(visit(intent, { cookies }).changes).toEqual([
      'kf-dep.other=ENDS',
      'kf-ve=ENDS',
      'kf-dep.team=ENDS',
      'kf-sig.team=ENDS',
    ]);
    expect(visit(intent, { cookies, fails: true }).changes).toContain('kf-ve=ENDS');
  });

  test.each(['link', 'part', 'curl'] as const)('%s changes nothing but what is stale', (intent) => {
    expect(visit(intent, { cookies })).toEqual({ changes: [], ofPage: [] });
    expect(visit(intent, { cookies, stale: ['kf-dep.team'] }).changes).toEqual(['kf-dep.team=ENDS']);
  });
});

describe('what a page is', () => {
  const says = { skewProtection: '30m' };

  test('is noted where pages are protected and nothing was selected', () => {
    expect(visit('typed', { says }).changes).toEqual(['kf-page.team=shop-v1']);
    expect(visit('link', { says, cookies: { 'kf-page.team': 'shop-v0' } }).changes).toEqual([
      'kf-page.team=shop-v1',
    ]);
    expect(visit('link', { says, cookies: { 'kf-page.team': 'shop-v1' } }).changes).toEqual([]);
    expect(visit('typed', { says, selectors: { deployment: 'v1' } }).changes).toEqual(['kf-dep.team=v1']);
    expect(visit('link', { says, asked: { deployment: 'v1' } }).changes).toEqual([]);
  });

  test('is not noted by parts of it, nor where browsers do not say what they ask for', () => {
    for (const intent of ['part', 'curl', 'guessed'] as const)
      expect(visit(intent, { says })).toEqual({ changes: [], ofPage: [] });
  });

  test('ends where pages are not protected any more', () => {
    expect(visit('link', { cookies: { 'kf-page.team': 'shop-v0' } }).changes).toEqual(['kf-page.team=ENDS']);
  });
});
