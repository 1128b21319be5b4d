import { expect, test } from 'vitest';
import { age, humanDuration } from '../../../../src/embedded/api/human-duration.ts';

const hour = 3_600;
const day = 24 * hour;

// Kubernetes' own test of duration.HumanDuration.
test.each([
  [0, '0s'],
  [1, '1s'],
  [70, '70s'],
  [119, '119s'],
  [120, '2m'],
  [125, '2m5s'],
  [599, '9m59s'],
  [600, '10m'],
  [610, '10m'],
  [179 * 60, '179m'],
  [3 * hour, '3h'],
  [3 * hour + 60, '3h1m'],
  [8 * hour - 1, '7h59m'],
  [8 * hour, '8h'],
  [47 * hour, '47h'],
  [48 * hour, '2d'],
  [50 * hour, '2d2h'],
  [8 * day - 1, '7d23h'],
  [8 * day, '8d'],
  [2 * 365 * day - 1, '729d'],
  [2 * 365 * day, '2y'],
  [2 * 365 * day + day, '2y1d'],
  [8 * 365 * day, '8y'],
])('%d s is %s', (seconds, text) => {
  expect(humanDuration(seconds * 1_000)).toBe(text);
});

test('clocks may differ a little', () => {
  expect(humanDuration(-500)).toBe('0s');
  expect(humanDuration(-5_000)).toBe('<invalid>');
});

test('age', () => {
  expect(age('2026-01-01T00:00:00Z', Date.UTC(2026, 0, 1, 0, 5))).toBe('5m');
  expect(age(undefined, 0)).toBe('<unknown>');
});
