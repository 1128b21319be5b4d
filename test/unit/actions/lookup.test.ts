import { expect, test } from 'vitest';
import { namesMeant } from '../../../src/actions/lookup.ts';

test.each([
  ['v1', ['v1']],
  ['shop-v1', ['shop-v1', 'v1']],
  // The app's name counts at the beginning only: what is deleted under another name would be somebody else's.
  ['new-shop-v1', ['new-shop-v1']],
  ['Feature/X', ['Feature/X', expect.stringMatching(/^feature-x/)]],
])('%s means versions of these names', (wanted, names) => {
  expect([...namesMeant('shop', wanted)]).toEqual(names);
});
