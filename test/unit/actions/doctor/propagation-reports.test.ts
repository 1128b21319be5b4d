// Calls without context that other routers counted meanwhile: of them nobody knows whose they were.
import { expect, test } from 'vitest';
import { countedElsewhere } from '../../../../src/actions/doctor/propagation-reports.ts';
import type { RouterReport } from '../../../../src/cluster/routers/router-reports.ts';

function report(name: string, without: number, refused = 0): RouterReport {
  const hops = [
    { app: 'shop', caller: 'ui', carried: 1, without, refused },
    { app: 'other', caller: 'ui', carried: 1, without: 99, refused: 0 },
  ];
  return { name, toldAt: '', hops, probes: [] };
}

const seen = (without: number) => [
  { app: 'shop', component: 'ui', calls: [{ callee: 'api', carried: 0, without }], isShared: false },
];

test.each([
  ['nothing, where nothing was counted', [report('a', 3)], [report('a', 3)], [], []],
  [
    'what was counted since',
    [report('a', 3), report('b', 1)],
    [report('a', 3), report('b', 2, 1)],
    [],
    [['ui', 2]],
  ],
  ['nothing of what was seen to belong to the probe', [report('a', 3)], [report('a', 5)], seen(2), []],
  ['all that a router has counted that is new', [], [report('a', 0, 1)], [], [['ui', 1]]],
] as const)('%s', (_, before, now, sightings, wanted) => {
  expect([...countedElsewhere('shop', before, now, sightings)]).toEqual(wanted);
});
