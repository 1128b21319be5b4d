// Merging a part of a pod template over a whole one.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../../../src/core/version/canonical.ts';
import { strategicMerge } from '../../../../src/core/version/strategic-merge.ts';

describe('a merge', () => {
  test.each<[string, Json, Json, Json]>([
    ['adds to maps', { a: { b: 1 } }, { a: { c: 2 }, d: 3 }, { a: { b: 1, c: 2 }, d: 3 }],
    ['takes away with null', { a: 1, b: 2 }, { a: null }, { b: 2 }],
    ['takes away nothing that isn’t there', {}, { a: null, b: { c: null } }, { b: {} }],
    ['replaces other lists', { args: [1, 2] }, { args: [3] }, { args: [3] }],
    ['replaces what is something else', { a: [1] }, { a: { b: 1 } }, { a: { b: 1 } }],
    [
      'merges items of the same key, in their places, and adds others at the end',
      { containers: [{ name: 'a', x: 1 }, { name: 'b' }] },
      { containers: [{ name: 'c' }, { name: 'b', env: [{ name: 'E' }] }, { name: 'a', y: 2, x: null }] },
      { containers: [{ name: 'a', y: 2 }, { name: 'b', env: [{ name: 'E' }] }, { name: 'c' }] },
    ],
    [
      'tells ports by their number',
      { ports: [{ containerPort: 1, name: 'x' }] },
      { ports: [{ containerPort: 1, protocol: 'UDP' }, { containerPort: 2 }] },
      { ports: [{ containerPort: 1, name: 'x', protocol: 'UDP' }, { containerPort: 2 }] },
    ],
    [
      'keeps nulls out of what is new',
      {},
      { volumes: [{ name: 'v', emptyDir: null }] },
      { volumes: [{ name: 'v' }] },
    ],
  ])('%s', (_, base, overlay, merged) => {
    expect(strategicMerge(base, overlay)).toEqual(merged);
  });

  const anyPart = fc.letrec<{ part: Json }>((tie) => ({
    part: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom<Json>(1, 'x', true),
      fc.dictionary(fc.constantFrom('a', 'env', 'args'), tie('part')),
      fc.uniqueArray(fc.record({ name: fc.constantFrom('p', 'q'), value: tie('part') }), {
        selector: ({ name }) => name,
      }),
    ),
  })).part;

  test('over nothing is the part itself, twice is as once, and what it is made of stays as it was', () => {
    fc.assert(
      fc.property(anyPart, anyPart, (base, overlay) => {
        expect(strategicMerge(undefined, overlay)).toEqual(overlay);
        const copies = structuredClone([base, overlay]);
        const once = strategicMerge(base, overlay);
        expect(strategicMerge(once, overlay)).toEqual(once);
        expect([base, overlay]).toEqual(copies);
      }),
    );
  });
});
