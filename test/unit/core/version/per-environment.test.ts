// Which versions run something once per environment: told by what calls what, as the hashes would tell it.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isPerEnvironment, workloadHashes } from '../../../../src/core/version/identity.ts';
import { anyDeclaringSketches } from './identity-environments-fixture.ts';
import { manifestOf } from './identity-fixture.ts';

test('a version runs something once per environment if the name of that changes a hash', () => {
  fc.assert(
    fc.property(anyDeclaringSketches, (sketches) => {
      const { components } = manifestOf('v1', sketches);
      const [one, other] = ['a', 'b'].map((name) => workloadHashes({ components }, { name, vars: {} }));
      const differs = [...(one ?? [])].some(([name, hash]) => other?.get(name) !== hash);
      expect(isPerEnvironment(components)).toBe(differs);
    }),
    { numRuns: 500 },
  );
});
