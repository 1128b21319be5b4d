// Times to live: what can be written, when they end, and what people are told is left.
import { assert, integer, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FoxError } from '../../../../src/core/errors.ts';
import {
  expiryOf,
  isExpired,
  parseTimeToLive,
  timeLeft,
  timeLeftText,
  timeToLiveProblem,
} from '../../../../src/core/environments/time-to-live.ts';

const minute = 60_000;
const noon = Date.parse('2026-03-01T12:00:00Z');

describe('a time to live', () => {
  test.each([
    ['72h', 72 * 60],
    ['30m', 30],
    ['7d', 7 * 24 * 60],
    ['1h30m', 90],
    ['2d12h', 60 * 60],
    ['90m', 90],
    ['1m', 1],
    ['3650d', 3650 * 24 * 60],
  ])('%s', (text, minutes) => {
    expect(timeToLiveProblem(text)).toBeUndefined();
    expect(parseTimeToLive(text)).toBe(minutes * minute);
  });

  test.each([
    '',
    ' 1h',
    '1 h',
    '1H',
    '30m1h',
    '1h1h',
    '1.5h',
    '-1h',
    '72',
    'h',
    '1w',
    '10s',
    'forever',
    '1h\n',
  ])('%j is none', (text) => expect(timeToLiveProblem(text)).toMatch(/^is no time to live/));

  test('has limits', () => {
    expect(timeToLiveProblem('0m')).toMatch(/at least 1m/);
    expect(timeToLiveProblem('3651d')).toMatch(/at most 3650d/);
    expect(timeToLiveProblem(`${'9'.repeat(400)}d`)).toMatch(/at most 3650d/);
    expect(() => parseTimeToLive('soon')).toThrow(FoxError);
    expect(() => parseTimeToLive('soon')).toThrow('"soon" is no time to live: write days');
  });
});

describe('expiry', () => {
  test('is told in whole seconds of UTC, never too early', () => {
    expect(expiryOf('72h', noon)).toBe('2026-03-04T12:00:00Z');
    expect(expiryOf('1m', noon + 1)).toBe('2026-03-01T12:01:01Z');
  });

  test('comes exactly when the time is over', () => {
    assert(
      property(integer({ min: 1, max: 5_000_000 }), integer({ min: 0, max: 4e12 }), (minutes, now) => {
        const expiresAt = expiryOf(`${minutes}m`, now);
        const end = now + minutes * minute;
        expect(isExpired({ expiresAt }, end - 1)).toBe(false);
        expect(isExpired({ expiresAt }, end + 999)).toBe(true);
      }),
    );
  });

  test('never comes where none is said, nor where nobody can read it', () => {
    expect(isExpired({}, Number.MAX_SAFE_INTEGER)).toBe(false);
    expect(isExpired({ expiresAt: 'tomorrow' }, Number.MAX_SAFE_INTEGER)).toBe(false);
    expect(timeLeft(undefined, noon)).toBeUndefined();
    expect(timeLeft('tomorrow', noon)).toBeUndefined();
  });
});

test.each([
  [71 * 60 * minute + 59 * minute, '2d 23h left'],
  [48 * 60 * minute, '2d left'],
  [25 * 60 * minute + 5 * minute, '1d 1h left'],
  [24 * 60 * minute + 5 * minute, '1d left'],
  [90 * minute, '1h 30m left'],
  [5 * minute + 30_000, '5m left'],
  [59_999, 'less than 1m left'],
  [0, 'expired less than 1m ago'],
  [-3 * 60 * minute, 'expired 3h ago'],
])('%i ms: %s', (milliseconds, text) => {
  expect(timeLeftText(milliseconds)).toBe(text);
});
