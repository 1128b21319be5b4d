// What `fox uninstall` asks and tells a person.
import { expect, it } from 'vitest';
import type { UninstallResult } from '../../src/actions/uninstall.ts';
import { uninstallQuestion } from '../../src/cli/commands/install.ts';
import { makeStyle } from '../../src/output/style.ts';
import { removedText, uninstallText } from '../../src/output/text/install.ts';

const router = { kind: 'Service', name: 'fox-router', what: 'router' };

function result(more: Partial<UninstallResult> = {}): UninstallResult {
  const items = [router, { ...router, kind: 'Deployment' }];
  return {
    schema: 'fox/v1',
    kind: 'uninstall',
    namespace: 'lab',
    items,
    kept: [],
    released: [],
    dryRun: false,
    ...more,
  };
}

it('asks in one sentence, after saying what is lost', () => {
  expect(uninstallQuestion(result())).toBe('Remove these 2 objects from namespace lab?');
  expect(uninstallQuestion(result({ items: [router], released: ['v1 of shop in dev'] }))).toBe(
    "v1 of shop in dev is released and won't be reachable any more. Remove this object from namespace lab?",
  );
});

it('lists what went unless that was shown before', () => {
  const style = makeStyle(false);
  expect(uninstallText(result(), style)).toMatch(/Deployment +fox-router[^]*\nRemoved 2\.$/);
  expect(removedText(result(), style)).toBe('Removed 2.');
});
