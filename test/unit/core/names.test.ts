// Names: which are names, what a version is called after a branch, and what somebody may have meant.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  deploymentName,
  didYouMean,
  maxNameLength,
  nameProblem,
  versionNameOf,
  versionNameProblem,
} from '../../../src/core/names.ts';

describe('names of apps, components, modules and virtual environments', () => {
  test.each(['a', 'web', 'api-server', 'a1', 'a--b', 'x'.repeat(40)])('%s is one', (name) => {
    expect(nameProblem(name)).toBeUndefined();
  });

  test.each(['', 'Web', '1a', '-a', 'a-', 'a_b', 'a.b', 'a b', 'ä', 'a\n', 'x'.repeat(41), 'constructor'])(
    '"%s" is none',
    (name) => {
      expect(nameProblem(name)).toMatch(/^(is|must) /);
    },
  );
});

describe('names of versions', () => {
  test.each(['v1', '1.2.0', '2024', 'main', 'a-b.c-d', '0'])('%s is one', (name) => {
    expect(versionNameProblem(name)).toBeUndefined();
  });

  test.each(['', 'V1', 'v1.', '.v1', 'a..b', 'a.-b', 'a/b', 'a_b', 'v1-', 'x'.repeat(41), 'constructor'])(
    '"%s" is none',
    (name) => {
      expect(versionNameProblem(name)).toMatch(/^(is|must) /);
    },
  );

  const anyRaw = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1 }),
    fc.stringMatching(/^[A-Za-z0-9/_.-]{1,80}$/),
  );

  test('come out of any branch or tag valid, and of a valid one unchanged', () => {
    fc.assert(
      fc.property(anyRaw, (raw) => {
        const name = versionNameOf(raw);
        expect(versionNameProblem(name)).toBeUndefined();
        expect(name.length).toBeLessThanOrEqual(maxNameLength);
        expect(versionNameOf(name)).toBe(name);
        expect(name === raw).toBe(versionNameProblem(raw) === undefined);
      }),
      { numRuns: 500 },
    );
  });

  test('stay apart where branches are apart', () => {
    const anyClose = fc.stringMatching(/^(feature|fix|Feature)[/_-]x{0,50}[.-]?$/);
    fc.assert(
      fc.property(fc.uniqueArray(fc.oneof(anyRaw, anyClose), { minLength: 2, maxLength: 20 }), (raws) => {
        expect(new Set(raws.map(versionNameOf)).size).toBe(raws.length);
      }),
    );
  });

  test.each([
    ['feature/x', /^feature-x-[0-9a-f]{6}$/],
    ['Fix/X', /^fix-x-[0-9a-f]{6}$/],
    ['---', /^x-[0-9a-f]{6}$/],
    ['日本', /^x-[0-9a-f]{6}$/],
    ['a'.repeat(60), /^a{33}-[0-9a-f]{6}$/],
    [`${'a'.repeat(32)}/b`, /^a{32}-[0-9a-f]{6}$/],
  ])('%s', (raw, pattern) => {
    expect(versionNameOf(raw)).toMatch(pattern);
  });

  test('make one word with the app', () => {
    expect(deploymentName('order-app', 'v1')).toBe('order-app-v1');
  });
});

describe('what was meant', () => {
  const known = ['port', 'path', 'shared', 'forwardsContext', 'health'];

  test.each([
    ['prot', 'port'],
    ['Port', 'port'],
    ['forwardContext', 'forwardsContext'],
    ['forwards-context', 'forwardsContext'],
    ['share', 'shared'],
    ['helath', 'health'],
  ])('%s: %s', (name, meant) => {
    expect(didYouMean(name, known)).toBe(meant);
  });

  test.each(['image', 'x', '', '😀', 'p', 'x'.repeat(10_000)])('nobody knows: %s', (name) => {
    expect(didYouMean(name, known)).toBeUndefined();
  });

  test('one letter for another is no guess', () => {
    expect(didYouMean('a', ['b', 'c'])).toBeUndefined();
  });

  test('is the closest, the first of several, and itself where it is known', () => {
    expect(didYouMean('web-u', ['web-x', 'web-ui', 'web'])).toBe('web-x');
    expect(didYouMean('web-ui', ['web-u', 'web-ui'])).toBe('web-ui');
    expect(didYouMean('anything', [])).toBeUndefined();
  });
});
