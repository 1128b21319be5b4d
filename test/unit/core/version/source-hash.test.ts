// The source hash and how images are made: what was there before builds had kinds keeps its hash.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Build } from '../../../../src/core/version/app.ts';
import { canonicalJson, type Json } from '../../../../src/core/version/canonical.ts';
import { sourceHash, type SourceDocument } from '../../../../src/core/version/identity.ts';

const source: SourceDocument = { component: 'web', path: 'web', tree: 't', shared: {}, build: {} };
const few = fc.constantFrom('a', 'b');
const anyBuild: fc.Arbitrary<Build> = fc.oneof(
  fc.record({ command: few, base: few }, { requiredKeys: [] }),
  fc.record(
    { dockerfile: few, context: few, target: few, args: fc.dictionary(few, few, { maxKeys: 2 }) },
    { requiredKeys: ['dockerfile', 'context'] },
  ),
  fc.record({ image: few }),
);

describe('the source hash', () => {
  test('is the same for the default platforms, whether they are named or not', () => {
    expect(sourceHash({ ...source, platforms: ['linux/amd64'] })).toBe(sourceHash(source));
  });

  test('is another one for other platforms, in whichever order', () => {
    const both = sourceHash({ ...source, platforms: ['linux/amd64', 'linux/arm64'] });
    expect(both).not.toBe(sourceHash(source));
    expect(sourceHash({ ...source, platforms: ['linux/arm64', 'linux/amd64'] })).toBe(both);
  });

  test('is the same exactly where the build is the same', () => {
    fc.assert(
      fc.property(anyBuild, anyBuild, (a, b) => {
        const same = canonicalJson(a as unknown as Json) === canonicalJson(b as unknown as Json);
        expect(sourceHash({ ...source, build: a }) === sourceHash({ ...source, build: b })).toBe(same);
      }),
    );
  });
});
