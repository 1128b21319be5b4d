// Positions in logs: what is read again is left out, whatever times the lines have.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareTimes, LogPosition } from '../../../../src/cluster/logs/pod-log.ts';

test('times are compared whatever their precision and zone', () => {
  const ordered = [
    '2026-11-21T15:33:05Z',
    '2026-11-21T15:33:05.000000001Z',
    '2026-11-21T17:33:05.1+02:00',
    '2026-11-21T15:33:05.12Z',
    '2026-11-21T15:33:30Z',
  ];
  const pairs = ordered.flatMap((a, i) => ordered.map((b, j) => [compareTimes(a, b), Math.sign(i - j)]));
  for (const [found, expected] of pairs) expect(found).toBe(expected);
  expect(compareTimes('2026-11-21T15:33:05.100Z', '2026-11-21T16:33:05.1+01:00')).toBe(0);
});

describe('a log that is read in pieces', () => {
  test('gives every line once, in order', () => {
    const line = fc.nat({ max: 4 }).map((step) => step * 500_000_000);
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat({ max: 30 })), (steps, breaks) => {
        let now = 0;
        const log = steps.map((step, index) => {
          now += step;
          const time = `2026-01-01T00:00:${String(Math.floor(now / 1e9) % 60).padStart(2, '0')}.${String(now % 1e9).padStart(9, '0')}Z`;
          return { time, line: String(index) };
        });
        fc.pre(now < 60e9);
        const position = new LogPosition();
        const seen: string[] = [];
        // Each stream breaks off somewhere; what it is asked to begin with has whole seconds only.
        for (const length of [...breaks, log.length]) {
          const { sinceTime } = position.resume();
          const since = sinceTime === undefined ? '' : sinceTime.slice(0, 19);
          const rest = log.filter(({ time }) => time.slice(0, 19) >= since).slice(0, length);
          for (const entry of rest) if (position.isNew(entry)) seen.push(entry.line);
        }
        expect(seen).toEqual(log.map((entry) => entry.line));
      }),
    );
  });
});
