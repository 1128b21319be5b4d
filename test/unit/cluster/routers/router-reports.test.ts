// What routers tell by their Leases: what is none of that is left out, whoever has written it.
import { expect, test } from 'vitest';
import { readReport } from '../../../../src/cluster/routers/router-reports.ts';
import { annotation } from '../../../../src/core/labels.ts';

const hop = { app: 'shop', caller: 'web', carried: 3, without: 0, refused: 0 };
const sighting = {
  app: 'shop',
  component: 'web',
  calls: [{ callee: 'api', carried: 1, without: 0 }],
  isShared: false,
};
const report = { probe: 'a'.repeat(32), answered: 1, sightings: [sighting] };

const also = (list: unknown, good: unknown) => [...(Array.isArray(list) ? (list as unknown[]) : []), good];

const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

function told(hops: unknown, probes: unknown) {
  const annotations = { [annotation.hops]: text(hops), [annotation.probes]: text(probes) };
  const read = readReport({ metadata: { name: 'router', annotations } });
  return { hops: read.hops, probes: read.probes };
}

test('counts and sightings', () => {
  expect(told([hop], [report])).toEqual({ hops: [hop], probes: [report] });
  expect(readReport({ metadata: { name: 'router' } })).toMatchObject({ hops: [], probes: [] });
});

test.each([
  ['', '{'],
  [{ ...hop }, 7],
  [
    [null, 'web', { ...hop, carried: '3' }],
    [null, { ...report, sightings: undefined }],
  ],
  [[{ app: 'shop' }], [{ ...report, sightings: [{ ...sighting, calls: [{}] }] }]],
  [
    [{ ...hop, without: null }],
    [
      { ...report, sightings: [null] },
      { ...report, answered: '1' },
    ],
  ],
])('not %j, nor %j', (hops, probes) => {
  expect(told(hops, probes)).toEqual({ hops: [], probes: [] });
  expect(told(also(hops, hop), also(probes, report))).toEqual({ hops: [hop], probes: [report] });
});
