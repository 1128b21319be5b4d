// What is told where no URL names an environment.
import { expect, test } from 'vitest';
import { refusedInternal } from '../../../../src/actions/open/open-link.ts';

const hintsOf = (subPath?: string) =>
  refusedInternal({
    name: 'team',
    definition: { name: 'team', vars: {}, ...(subPath === undefined ? {} : { subPath }) },
  }).hints.join('\n');

test('an internal environment is given a sub-path only where it has none', () => {
  expect(hintsOf()).toContain('`fox env set -e team --sub-path team`');
  expect(hintsOf('t')).toContain('`fox open -e team` opens: its sub-path is t');
  expect(hintsOf('t')).not.toContain('--sub-path');
});
