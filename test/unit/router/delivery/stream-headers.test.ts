// What headers say about a body.
import { expect, test } from 'vitest';
import { isEvents, isSized, withoutLength } from '../../../../src/router/delivery/stream-headers.ts';

test.each([
  ['text/event-stream', true],
  ['Text/Event-Stream; charset=utf-8', true],
  [' text/event-stream ;x', true],
  ['text/event-streams', false],
  ['text/plain', false],
])('%s: a stream of events: %s', (type, is) => {
  expect(isEvents(['X-Other-Name', type, 'Content-Type', type])).toBe(is);
  expect(isEvents(['x-other', 'text/event-stream'])).toBe(false);
});

test('a length is one whichever way it is written, and can be left out', () => {
  const headers = ['A', 'content-length', 'CONTENT-LENGTH', '5', 'b', '1'];
  expect(isSized(headers)).toBe(true);
  expect(withoutLength(headers)).toEqual(['A', 'content-length', 'b', '1']);
  expect(isSized(withoutLength(headers))).toBe(false);
});
