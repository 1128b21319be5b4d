// Environments that can't be used: why, and the command that mends what is wrong, be it their own or an ancestor's.
import { expect, test } from 'vitest';
import {
  brokenEnvironment,
  usableEnvironment,
} from '../../../../../src/actions/environments/known/usable-environment.ts';
import type { StoredEnvironment } from '../../../../../src/cluster/objects/environment-object.ts';
import { namespaceOf } from '../../namespace-fixture.ts';

const { environments } = namespaceOf({
  environments: [
    { name: 'odd' },
    { name: 'child', parent: 'odd' },
    { name: 'grandchild', parent: 'child' },
    { name: 'orphan', parent: 'gone' },
    { name: 'fine' },
  ],
});
const state = {
  environments: environments.map((each): StoredEnvironment =>
    each.definition.name === 'odd' ? { ...each, damage: 'its vars.X is not readable' } : each,
  ),
};

test('one that can be used, or is not there, has nothing to mend', () => {
  expect(['fine', 'nobody'].map((name) => brokenEnvironment(state, name))).toEqual([undefined, undefined]);
  expect(usableEnvironment(state, 'fine')).toMatchObject({ name: 'fine' });
});

test.each([
  ['odd', 'its vars.X is not readable', ['writes odd anew']],
  ['child', "its parent odd can't be read", ['writes odd anew', '-e child --no-parent']],
  ['grandchild', "the parent of child, odd, can't be read", ['writes odd anew', '-e grandchild --no-parent']],
  ['orphan', "its parent gone doesn't exist", ['-e gone --create', 'apply -f', '-e orphan --no-parent']],
])('%s is told with what mends it', (name, why, hints) => {
  const broken = brokenEnvironment(state, name);
  expect(broken).toMatchObject({ why, hints: hints.map((each) => expect.stringContaining(each) as string) });
  expect(() => usableEnvironment(state, name)).toThrowError(
    `virtual environment ${name} can't be used: ${why}`,
  );
});
