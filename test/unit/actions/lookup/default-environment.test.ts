// One default virtual environment per namespace: the config's must be the one that is marked, where it is meant.
import { expect, test } from 'vitest';
import { markedDefault, refuseOtherDefault } from '../../../../src/actions/lookup/default-environment.ts';
import { namespaceOf } from '../namespace-fixture.ts';

/** A namespace with dev and team-a; those of `marked` claim to be the default. */
function marking(...marked: readonly string[]) {
  const { environments } = namespaceOf({ environments: [{ name: 'dev' }, { name: 'team-a' }] });
  return {
    environments: environments.map((each) => ({ ...each, isDefault: marked.includes(each.definition.name) })),
  };
}

/** Deploying where dev is marked. */
function refusing(environment: string, configured: string): () => void {
  return () => refuseOtherDefault(marking('dev'), environment, configured);
}

test('another default than the one that is marked is refused where it is meant', () => {
  expect(refusing('team-a', 'team-a')).toThrow(expect.objectContaining({ code: 'REFUSED' }));
  expect(refusing('team-a', 'team-a')).toThrow(/namespace is dev, and the config's is team-a/);
  expect(refusing('new', 'new')).toThrow(expect.objectContaining({ code: 'REFUSED' }));
  expect(refusing('team-a', 'dev')).not.toThrow();
  expect(refusing('dev', 'team-a')).not.toThrow();
  expect(refusing('dev', 'dev')).not.toThrow();
});

test('the first one may be any; of several the one counts that routers take', () => {
  expect(() => refuseOtherDefault(marking(), 'dev', 'dev')).not.toThrow();
  expect(markedDefault(marking())).toBeUndefined();
  expect(markedDefault(marking('team-a', 'dev'))).toBe('dev');
});
