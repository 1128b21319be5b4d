// Deadlines: of routes, of hops, and what is carried on.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { deadlineToCarry, timeAtEdge, timeOnHop } from '../../../../src/router/delivery/deadline.ts';

const day = 24 * 3_600_000;
const withHeaders = (headers: IncomingHttpHeaders) => ({ headers }) as IncomingMessage;

test('a route says how long, else it is as usual, and never longer than a day', () => {
  expect(timeAtEdge(undefined, 60_000)).toBe(60_000);
  expect(timeAtEdge(5_000, 60_000)).toBe(5_000);
  expect(timeAtEdge(600_000, 60_000)).toBe(600_000);
  expect(timeAtEdge(99 * day, 60_000)).toBe(day);
});

test('a hop has what the request has left', () => {
  expect(timeOnHop(1_500, 1_000, 60_000)).toBe(500);
  expect(timeOnHop(undefined, 1_000, 60_000)).toBe(60_000);
  expect(timeOnHop(300_000, 1_000, 60_000)).toBe(299_000);
  expect(timeOnHop(1_000, 1_000, 60_000)).toBe(0);
  expect(timeOnHop(-5, 1_000, 60_000)).toBeLessThan(0);
});

test('a deadline that no route can have set counts as none', () => {
  expect(timeOnHop(Number.MAX_SAFE_INTEGER, 1_000, 60_000)).toBe(60_000);
  expect(timeOnHop(1_001 + day, 1_000, 60_000)).toBe(60_000);
});

test('only a timeout that somebody asked for is carried on, and not by streams', () => {
  expect(deadlineToCarry(5_000, withHeaders({}), 1_000)).toBe(6_000);
  expect(deadlineToCarry(undefined, withHeaders({}), 1_000)).toBeUndefined();
  for (const headers of [{ upgrade: 'websocket' }, { accept: 'text/event-stream' }])
    expect(deadlineToCarry(5_000, withHeaders(headers), 1_000)).toBeUndefined();
});
