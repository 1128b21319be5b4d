// Text of a release that holds on to a configuration, and of the history.
import { describe, expect, test } from 'vitest';
import type { HistoryItem } from '../../../src/actions/history.ts';
import type { ReleaseResult } from '../../../src/actions/release.ts';
import { makeStyle } from '../../../src/output/style.ts';
import { historyText, releaseText } from '../../../src/output/text/release.ts';

const style = makeStyle(false);

const result: ReleaseResult = {
  schema: 'fox/v1',
  kind: 'release',
  app: 'shop',
  virtualEnv: 'prod',
  version: 'v2',
  previous: 'v2',
  revision: 4,
  state: 'active',
  created: 1,
  routers: { acked: 1, total: 1 },
  flipMs: 12.3,
  unchanged: false,
  dryRun: false,
};

describe('a release', () => {
  test('tells what it holds on to, and what of that is new; secrets by fingerprint', () => {
    const fingerprint = '1a2b3c4d'.repeat(8);
    const text = releaseText(
      {
        ...result,
        configuration: 'abcdef0123'.repeat(4),
        changes: [
          { name: 'secrets.TOKEN', before: { fingerprint }, after: { fingerprint: 'f'.repeat(64) } },
          { name: 'vars.THEME', before: 'light', after: 'da\u001Brk' },
          { name: 'vars.TAGS', after: ['a', 1] },
        ],
      },
      style,
    );
    expect(text.split('\n')).toEqual([
      'shop v2 is released in prod (revision 4, before: v2)',
      '  1 workload made for prod first',
      '  with the configuration abcdef01 of prod, which stays so until the next release',
      '    secrets.TOKEN: fingerprint 1a2b3c4d → fingerprint ffffffff',
      String.raw`    vars.THEME: light → "da\u001brk"`,
      '    vars.TAGS: (none) → ["a",1]',
      '  live on 1/1 routers in 12 ms',
    ]);
  });

  test('says nothing of configurations where there are none', () => {
    expect(releaseText({ ...result, created: 0 }, style)).toBe(
      'shop v2 is released in prod (revision 4, before: v2)\n  live on 1/1 routers in 12 ms',
    );
  });
});

function history(items: HistoryItem[]): string {
  return historyText({ schema: 'fox/v1', kind: 'history', items }, style);
}

describe('the history', () => {
  const item: HistoryItem = {
    app: 'shop',
    virtualEnv: 'prod',
    revision: 2,
    current: true,
    from: 'v1',
    to: 'v2',
    by: 'jane',
    reason: 'release',
    at: '2026-01-02T03:04:05.000Z',
  };
  test('tells which configurations releases hold on to, where some do', () => {
    const text = history([
      { ...item, configuration: { revision: 2, digest: 'abcdef0123'.repeat(4) } },
      { ...item, revision: 1, configuration: { revision: 1 } },
      { ...item, revision: 0 },
    ]);
    expect(text).toContain('CONFIGURATION');
    expect(text).toMatch(/of 2 \(abcdef01\)/);
    expect(text).toMatch(/of 1 {2,}2026/);
    expect(history([item])).not.toContain('CONFIGURATION');
  });
});
