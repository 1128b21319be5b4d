// Counts of hops: what each kind of call counts as, and how much of it is told.
import { describe, expect, test } from 'vitest';
import type { HopCount } from '../../../../src/core/routing/router-report.ts';
import { HopCounts } from '../../../../src/router/observers/hop-counts.ts';
import type { Observation } from '../../../../src/router/observers/observation.ts';

const caller = (component: string) => ({ app: 'shop', component, workload: 'w', calls: [] });
const call = (hop: Partial<Observation>) => hop as Observation;
const toldBy = (counts: HopCounts) => JSON.parse(counts.text() || '[]') as HopCount[];

describe('a call', () => {
  test.each<[Partial<Observation>, Partial<HopCount> | undefined]>([
    [{ hopContext: 'carried' }, { carried: 1, without: 0, refused: 0 }],
    [{ hopContext: 'carried', problem: 'context-mismatch' }, { carried: 1 }],
    [{ hopContext: 'stamped' }, { without: 1 }],
    [{ hopContext: 'shared' }, { without: 1 }],
    [{ hopContext: 'none' }, { without: 1 }],
    [
      { hopContext: 'none', problem: 'context-lost' },
      { without: 0, refused: 1 },
    ],
    [{ hopContext: 'none', problem: 'not-in-calls' }, undefined],
  ])('%j counts as %j', (hop, wanted) => {
    const counts = new HopCounts();
    counts.onRouted(call({ caller: caller('ui'), ...hop }));
    expect(toldBy(counts)).toMatchObject(wanted === undefined ? [] : [{ caller: 'ui', ...wanted }]);
  });

  test('from outside counts as none', () => {
    const counts = new HopCounts();
    counts.onRouted(call({ component: 'ui', workload: 'w' }));
    expect(counts.text()).toBe('');
  });
});

test('the busiest callers are told, and not too many', () => {
  const counts = new HopCounts();
  for (let index = 0; index < 150; index += 1)
    for (let times = 0; times <= index; times += 1)
      counts.onRouted(call({ caller: caller(`c${index}`), hopContext: 'carried' }));
  const told = toldBy(counts);
  expect(told).toHaveLength(100);
  expect(told[0]).toMatchObject({ caller: 'c149', carried: 150 });
  expect(told.at(-1)).toMatchObject({ caller: 'c50' });
});
