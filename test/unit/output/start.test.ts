// What init tells to type next.
import { expect, test } from 'vitest';
import { makeStyle } from '../../../src/output/style.ts';
import { initText } from '../../../src/output/text/start.ts';

test('what a commit is to be called is for whoever makes it to say', () => {
  const made = { schema: 'fox/v1', kind: 'init', directory: process.cwd(), files: ['a'] } as const;
  const told = initText({ ...made, template: 'order-app/v2', committed: false }, makeStyle(false));
  expect(told.split('\n').slice(-2)).toEqual(['  git add --all && git commit', '  fox deploy v2']);
});
