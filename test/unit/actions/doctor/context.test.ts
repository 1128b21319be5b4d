// Losses of the context: only of components that say that they pass it on, and summed over all routers.
import { expect, test } from 'vitest';
import { lossesOf } from '../../../../src/actions/doctor/context.ts';
import type { StoredVersion } from '../../../../src/cluster/objects/version-object.ts';
import { manifestOf } from '../../core/routing/routing-fixture.ts';

const count = (caller: string, carried: number, without: number, refused: number) => ({
  app: 'shop',
  caller,
  carried,
  without,
  refused,
});
const manifest = manifestOf('v1', { ui: { calls: ['api'], forwards: true }, api: { calls: ['db'] }, db: {} });
const versions = [{ app: 'shop', name: 'v1', manifest } as StoredVersion];

test('are those of components that declare to pass it on', () => {
  const hops = [count('ui', 3, 1, 0), count('ui', 1, 0, 2), count('api', 0, 9, 0), count('gone', 0, 9, 0)];
  expect(lossesOf(hops, versions)).toEqual([count('ui', 4, 1, 2)]);
});

test('are none where all calls carried it', () => {
  expect(lossesOf([count('ui', 3, 0, 0)], versions)).toEqual([]);
  expect(lossesOf([count('ui', 3, 1, 0)], [])).toEqual([]);
});
