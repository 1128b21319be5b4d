// Releases: every sequence of them, and what may not be returned to.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FoxError } from '../../../src/core/errors.ts';
import {
  epochKey,
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

/** Digest of a version's manifest now; a version may be replaced or deleted between two steps. */
type Versions = Readonly<Record<string, string>>;

interface Step {
  readonly action: 'release' | 'rollback';
  readonly version: string;
  readonly versions: Versions;
}

const anyStep: fc.Arbitrary<Step> = fc.record({
  action: fc.constantFrom('release', 'release', 'rollback'),
  version: fc.constantFrom('v1', 'v2', 'main'),
  versions: fc.record(
    { v1: fc.constantFrom('a', 'a', 'b'), v2: fc.constantFrom('c'), main: fc.constantFrom('d', 'e') },
    { requiredKeys: ['v2'] },
  ),
});

/** The next record, or undefined where it is refused. */
function take(
  { action, version, versions }: Step,
  current: ReleaseRecord | undefined,
  id: string,
): ReleaseRecord | undefined {
  const digest = versions[version] ?? 'new';
  if (action === 'release') return release(current, { version, manifestDigest: digest }, request(id));
  try {
    return rollback(current, (name) => versions[name], request(id));
  } catch (error) {
    if (error instanceof FoxError && error.code === 'REFUSED') return undefined;
    throw error;
  }
}

test('in any sequence: revisions rise by one, the previous is what was current, a changed or missing digest is refused', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { minLength: 1, maxLength: 20 }), (steps) => {
      let current: ReleaseRecord | undefined;
      for (const [index, step] of steps.entries()) {
        const before = current;
        const next = take(step, before, `${index}`);
        const target = before?.previous;
        const mayReturn = target !== undefined && step.versions[target.version] === target.manifestDigest;
        expect(next !== undefined).toBe(step.action === 'release' || mayReturn);
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

describe('a rollback', () => {
  const second = release(first, { version: 'v2', manifestDigest: 'd2' }, request('2'));

  test('twice is where one was', () => {
    const back = rollback(second, () => 'd1', request('3'));
    expect(back).toMatchObject({ version: 'v1', revision: 3, previous: { version: 'v2' } });
    expect(rollback(back, () => 'd2', request('4'))).toMatchObject({ version: 'v2', revision: 4 });
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
    expect(() => rollback(current, () => digest, request('3'))).toThrowError(
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
