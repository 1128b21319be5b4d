// Canonical JSON: one text for one value.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  canonicalJson,
  contentHash,
  type Json,
  keptContentHash,
} from '../../../../src/core/version/canonical.ts';
import { reordered } from './identity-fixture.ts';

const anyJson = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;

const plain = (value: Json) => JSON.parse(JSON.stringify(value)) as unknown;

describe('canonical JSON', () => {
  test('says what JSON says', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('is the same for the same value, however its keys are ordered', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(canonicalJson(reordered(value))).toBe(canonicalJson(value));
      }),
    );
  });

  test('differs where values differ', () => {
    fc.assert(
      fc.property(anyJson, anyJson, (a, b) => {
        let same = true;
        try {
          expect(plain(a)).toEqual(plain(b));
        } catch {
          same = false;
        }
        expect(canonicalJson(a) === canonicalJson(b)).toBe(same);
      }),
    );
  });

  test.each<[Json, string]>([
    [{ b: 1, a: [2, { d: null, c: 'x' }] }, '{"a":[2,{"c":"x","d":null}],"b":1}'],
    [{ a: undefined, b: 1 }, '{"b":1}'],
    [{ 10: 'a', 9: 'b' }, '{"10":"a","9":"b"}'],
    [-0, '0'],
    ['\ud800 ü "', '"\\ud800 ü \\""'],
    [JSON.parse('{"__proto__":1}') as Json, '{"__proto__":1}'],
    [[], '[]'],
    [{}, '{}'],
  ])('%j is %s', (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  test.each([Number.NaN, Infinity, -Infinity])('refuses %d', (value) => {
    expect(() => canonicalJson({ a: [value] })).toThrow(RangeError);
  });
});

test('documents of different kinds never share a hash', () => {
  expect(contentHash('a', 'x')).not.toBe(contentHash('b', 'x'));
  expect(contentHash('a', 'x')).toMatch(/^[0-9a-f]{64}$/);
});

describe('a kept hash', () => {
  test('is the hash itself, the first time and ever after, whatever was hashed before', () => {
    const hash = keptContentHash({});
    fc.assert(
      fc.property(fc.constantFrom('a', 'b'), anyJson, (what, value) => {
        expect(hash(what, value)).toBe(contentHash(what, value));
        expect(hash(what, reordered(value))).toBe(contentHash(what, value));
        expect(hash(what, value)).toBe(contentHash(what, value));
      }),
    );
  });

  test('is right for more, and for longer documents than are kept', () => {
    const hash = keptContentHash({});
    for (const round of [1, 2]) {
      const wrong = Array.from({ length: 1_500 }, (_, index) => index).filter(
        (index) => hash('a', index) !== contentHash('a', index),
      );
      expect(wrong, `round ${round}`).toEqual([]);
      expect(hash('a', 'x'.repeat(10_000))).toBe(contentHash('a', 'x'.repeat(10_000)));
    }
  });

  test('refuses what has none, again and again', () => {
    const hash = keptContentHash({});
    for (const value of [Infinity, Infinity]) expect(() => hash('a', { value })).toThrow(RangeError);
  });
});
