// Releases: every sequence of them, and what may not be returned to.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FoxError } from '../../../src/core/errors.ts';
import {
  configurationInForce,
  configurationsOf,
  epochKey,
  inForceFrom,
  parseReleaseRecord,
  parseReleases,
  release,
  releaseKey,
  type ReleaseRecord,
  releaseTarget,
  rollback,
} from '../../../src/core/release.ts';

const request = (id: string) => ({ id, by: 'jane@laptop', reason: 'because', at: '2026-01-02T03:04:05Z' });

const first = release(undefined, { version: 'v1', manifestDigest: 'd1' }, request('1'));

describe('a release', () => {
  test('is the first, and has nothing before it', () => {
    expect(first).toEqual({
      id: '1',
      revision: 1,
      version: 'v1',
      manifestDigest: 'd1',
      strategy: 'instant',
      state: 'active',
      by: 'jane@laptop',
      reason: 'because',
      at: '2026-01-02T03:04:05Z',
    });
    expect(first).not.toHaveProperty('previous');
  });

  test('remembers what it replaces, also where that is the same version', () => {
    const second = release(first, { version: 'v1', manifestDigest: 'd2' }, request('2'));
    expect(second).toMatchObject({
      revision: 2,
      previous: { version: 'v1', manifestDigest: 'd1', revision: 1 },
    });
  });
});

const at = (minute: number) => ({ ...request(String(minute)), at: `2026-01-02T03:${10 + minute}:00Z` });

describe('what releases have replaced', () => {
  const second = release(first, { version: 'v2', manifestDigest: 'd2' }, at(1));

  test('is remembered, the latest first and each once, but for what is released again', () => {
    expect(second.replaced).toEqual([{ version: 'v1', at: '2026-01-02T03:11:00Z' }]);
    const third = release(second, { version: 'v3', manifestDigest: 'd3' }, at(2));
    expect(third.replaced?.map(({ version }) => version)).toEqual(['v2', 'v1']);
    const fourth = release(third, { version: 'v2', manifestDigest: 'd2' }, at(3));
    expect(fourth.replaced).toEqual([
      { version: 'v3', at: '2026-01-02T03:13:00Z' },
      { version: 'v1', at: '2026-01-02T03:11:00Z' },
    ]);
    expect(release(fourth, { version: 'v2', manifestDigest: 'd9' }, at(4)).replaced).toEqual(fourth.replaced);
  });

  test('counts from when the release is in force', () => {
    const later = inForceFrom(second, '2026-01-02T04:00:00Z');
    expect(later).toEqual({
      ...second,
      at: later.at,
      replaced: [{ version: 'v1', at: '2026-01-02T04:00:00Z' }],
    });
    const third = inForceFrom(
      release(later, { version: 'v3', manifestDigest: 'd3' }, at(2)),
      '2026-01-02T05:00:00Z',
    );
    expect(third.replaced?.map((each) => each.at)).toEqual(['2026-01-02T05:00:00Z', '2026-01-02T04:00:00Z']);
    expect(inForceFrom(first, 'x')).toEqual({ ...first, at: 'x' });
  });

  test('is forgotten by a rollback', () => {
    const back = rollback(second, { digestOf: () => 'd1', hasConfiguration: () => true }, at(2));
    expect(back).not.toHaveProperty('replaced');
  });
});

/** Digest of a version's manifest now; a version may be replaced or deleted between two steps. */
type Versions = Readonly<Record<string, string>>;

interface Step {
  readonly action: 'release' | 'rollback';
  readonly version: string;
  readonly versions: Versions;
  /** The environment is stable at that moment. */
  readonly isStable: boolean;
  /** Somebody has removed the configuration that a rollback would return to. */
  readonly isGone: boolean;
}

const anyStep: fc.Arbitrary<Step> = fc.record({
  action: fc.constantFrom('release', 'release', 'rollback'),
  version: fc.constantFrom('v1', 'v2', 'main'),
  versions: fc.record(
    { v1: fc.constantFrom('a', 'a', 'b'), v2: fc.constantFrom('c'), main: fc.constantFrom('d', 'e') },
    { requiredKeys: ['v2'] },
  ),
  isStable: fc.boolean(),
  isGone: fc.constantFrom(false, false, false, true),
});

/** The next record, or undefined where it is refused. */
function take(
  { action, version, versions, isStable, isGone }: Step,
  current: ReleaseRecord | undefined,
  id: string,
): ReleaseRecord | undefined {
  const manifestDigest = versions[version] ?? 'new';
  const config = isStable ? { config: `config-${id}` } : {};
  if (action === 'release') return release(current, { version, manifestDigest, ...config }, request(id));
  try {
    const now = { digestOf: (name: string) => versions[name], hasConfiguration: () => !isGone };
    return rollback(current, now, request(id));
  } catch (error) {
    if (error instanceof FoxError && error.code === 'REFUSED') return undefined;
    throw error;
  }
}

/** Whether a rollback may be done. */
function mayReturn({ versions, isGone }: Step, before: ReleaseRecord | undefined): boolean {
  const target = before?.previous;
  if (target === undefined || versions[target.version] !== target.manifestDigest) return false;
  return target.config === undefined || !isGone;
}

test('in any sequence: revisions rise by one, the previous is what was current, what has changed or is gone is refused', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { minLength: 1, maxLength: 20 }), (steps) => {
      let current: ReleaseRecord | undefined;
      for (const [index, step] of steps.entries()) {
        const before = current;
        const next = take(step, before, `${index}`);
        const target = before?.previous;
        expect(next !== undefined).toBe(step.action === 'release' || mayReturn(step, before));
        if (next === undefined) continue;
        expect(next.id).toBe(`${index}`);
        expect(next.revision).toBe((before?.revision ?? 0) + 1);
        expect(next.previous).toEqual(before === undefined ? undefined : releaseTarget(before));
        expect(
          step.action === 'release' ||
            (next.version === target?.version && next.manifestDigest === target?.manifestDigest),
        ).toBe(true);
        current = next;
      }
    }),
    { numRuns: 300 },
  );
});

test('in any sequence: a configuration stays with the version, and the release, that it was taken for', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { minLength: 1, maxLength: 20 }), (steps) => {
      let current: ReleaseRecord | undefined;
      /** Version that each configuration was taken for. */
      const taken = new Map<string, string>();
      for (const [index, step] of steps.entries()) {
        const next = take(step, current, `${index}`);
        if (next === undefined) continue;
        const own = step.isStable ? `config-${index}` : undefined;
        expect(next.config).toBe(step.action === 'release' ? own : current?.previous?.config);
        if (step.action === 'release' && own !== undefined) taken.set(own, next.version);
        const held = [next, next.previous].filter((target) => target?.config !== undefined);
        expect(held.map((target) => taken.get(target?.config ?? ''))).toEqual(
          held.map((target) => target?.version),
        );
        expect(configurationInForce(next, next.version)).toBe(next.config);
        expect(configurationsOf(next)).toEqual(
          [...new Set([next.config, next.previous?.config])].filter((name) => name !== undefined),
        );
        current = next;
      }
    }),
    { numRuns: 300 },
  );
});

describe('the configuration that is in force', () => {
  const held = release(undefined, { version: 'v1', manifestDigest: 'd1', config: 'c1' }, request('1'));

  test('is for a version that was released before the one that it was released with', () => {
    const next = release(held, { version: 'v2', manifestDigest: 'd2' }, request('2'));
    expect(configurationInForce(next, 'v1')).toBe('c1');
    expect(configurationInForce(next, 'v2')).toBeUndefined();
    expect(configurationInForce(next, 'v3')).toBeUndefined();
    expect(configurationInForce(undefined, 'v1')).toBeUndefined();
  });

  test('is none once the same version was released anew without one', () => {
    const next = release(held, { version: 'v1', manifestDigest: 'd1' }, request('2'));
    expect(configurationInForce(next, 'v1')).toBeUndefined();
    expect(configurationsOf(next)).toEqual(['c1']);
  });
});

/** Versions are of this digest now, and all configurations are there. */
function nowOf(digest: string | undefined) {
  return { digestOf: () => digest, hasConfiguration: () => true };
}

const now = (digest: string | undefined) => ({ digestOf: () => digest, hasConfiguration: () => true });

describe('a rollback', () => {
  const second = release(first, { version: 'v2', manifestDigest: 'd2' }, request('2'));

  test('twice is where one was', () => {
    const back = rollback(second, nowOf('d1'), request('3'));
    expect(back).toMatchObject({ version: 'v1', revision: 3, previous: { version: 'v2' } });
    expect(rollback(back, nowOf('d2'), request('4'))).toMatchObject({ version: 'v2', revision: 4 });
  });

  test('to a configuration that is gone is refused', () => {
    const held = release(undefined, { version: 'v1', manifestDigest: 'd1', config: 'c1' }, request('1'));
    const next = release(held, { version: 'v1', manifestDigest: 'd1', config: 'c2' }, request('2'));
    const gone = { digestOf: () => 'd1', hasConfiguration: (name: string) => name !== 'c1' };
    expect(() => rollback(next, gone, request('3'))).toThrowError(
      expect.objectContaining({
        code: 'REFUSED',
        message: "can't roll back to v1: the configuration that it was released with, ConfigMap c1, is gone",
        hints: ['`fox release v1` releases it with what the environment says now.'],
      }),
    );
    expect(rollback(next, nowOf('d1'), request('3'))).toMatchObject({ version: 'v1', config: 'c1' });
  });

  test.each<[string, ReleaseRecord | undefined, string | undefined, string]>([
    ['without a release', undefined, 'd1', 'there is nothing to roll back to: no earlier release'],
    ['of the first release', first, 'd1', 'there is nothing to roll back to: no earlier release'],
    ['to a version that is gone', second, undefined, "can't roll back to v1: it no longer exists"],
    [
      'to a version that is another now',
      second,
      'other',
      "can't roll back to v1: it has been replaced since it was released",
    ],
  ])('%s is refused', (_, current, digest, message) => {
    expect(() => rollback(current, now(digest), request('3'))).toThrowError(
      expect.objectContaining({ code: 'REFUSED', exitCode: 5, message }),
    );
  });
});

describe('the ConfigMap of releases', () => {
  test('is read by environment and app, with its counter', () => {
    const { epoch, records } = parseReleases({
      [releaseKey('dev', 'shop')]: JSON.stringify(first),
      [releaseKey('dev', 'pay')]: JSON.stringify(first),
      [releaseKey('prod', 'shop')]: JSON.stringify(first),
      [epochKey]: '12',
    });
    expect(epoch).toBe(12);
    expect([...records].map(([environment, apps]) => [environment, [...apps.keys()]])).toEqual([
      ['dev', ['shop', 'pay']],
      ['prod', ['shop']],
    ]);
    expect(records.get('dev')?.get('shop')).toEqual(first);
  });

  test('may not exist yet', () => {
    expect(parseReleases(undefined)).toEqual({ epoch: 0, records: new Map() });
    expect(parseReleases({})).toEqual({ epoch: 0, records: new Map() });
  });

  test.each(['', '-1', '1.5', 'x', '1e3', '9'.repeat(16)])('with the counter "%s" is damaged', (epoch) => {
    expect(() => parseReleases({ [epochKey]: epoch })).toThrowError(
      expect.objectContaining({ code: 'CLUSTER_ERROR' }),
    );
  });

  test.each([
    '',
    '{',
    'null',
    '[]',
    '3',
    '{"version":"v1"}',
    JSON.stringify({ ...first, revision: '1' }),
    JSON.stringify({ ...first, version: 1 }),
  ])('with the record %s is damaged', (text) => {
    expect(() => parseReleaseRecord(text, 'dev.shop')).toThrowError(
      expect.objectContaining({ code: 'CLUSTER_ERROR', message: 'the release record dev.shop is damaged' }),
    );
  });
});
