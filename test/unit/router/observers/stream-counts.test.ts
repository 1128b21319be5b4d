// Streams are counted while they are open, by what serves them.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readStreamReport } from '../../../../src/core/routing/stream-report.ts';
import { StreamCounts } from '../../../../src/router/observers/stream-counts.ts';
import { type Observation, tellStream } from '../../../../src/router/observers/observation.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function observation(counts: StreamCounts, version?: string): Observation {
  return {
    side: 'edge',
    began: 0,
    method: 'GET',
    target: '/',
    client: '127.0.0.1',
    requestId: 'a',
    traceparent: 'b',
    host: undefined,
    app: 'shop',
    component: 'ui',
    workload: 'shop/ui/abc',
    ...(version === undefined ? {} : { version, environment: 'dev' }),
    attempts: 1,
    waited: 0,
    bytesIn: 0,
    bytesOut: 0,
    observers: [counts],
  };
}

test('each is counted from its beginning to its end, and many changes are told at once', () => {
  const said: string[] = [];
  const counts = new StreamCounts((report) => said.push(report));
  const streams = Array.from({ length: 10 }, () => observation(counts, 'v1'));
  for (const [index, each] of streams.entries()) tellStream(each, index < 7 ? 'websocket' : 'events');
  expect(said).toEqual([]);
  vi.runAllTimers();
  expect(said).toHaveLength(1);
  const ui = { app: 'shop', component: 'ui', hash: 'abc', version: 'v1', environment: 'dev' };
  expect(readStreamReport(said[0])).toEqual([{ ...ui, webSockets: 7, events: 3 }]);
  for (const each of streams.slice(1)) counts.onEnd(each);
  vi.runAllTimers();
  expect(readStreamReport(said[1])).toEqual([{ ...ui, webSockets: 1, events: 0 }]);
  for (const each of streams.slice(0, 1)) counts.onEnd(each);
  vi.runAllTimers();
  expect(said[2]).toBe('');
});

test('a request that is no stream is none; one whose context is shared belongs to no version', () => {
  const said: string[] = [];
  const counts = new StreamCounts((report) => said.push(report));
  counts.onEnd(observation(counts, 'v1'));
  vi.runAllTimers();
  expect(said).toEqual([]);
  tellStream(observation(counts), 'events');
  vi.runAllTimers();
  expect(readStreamReport(said[0])).toEqual([
    { app: 'shop', component: 'ui', hash: 'abc', webSockets: 0, events: 1 },
  ]);
});

test('the first change is told at once, further ones a second later, together', () => {
  const said: string[] = [];
  const counts = new StreamCounts((report) => said.push(report));
  const open = () => {
    tellStream(observation(counts, 'v1'), 'events');
    vi.advanceTimersByTime(100);
  };
  open();
  expect(said).toHaveLength(1);
  for (let index = 0; index < 8; index += 1) open();
  expect(said).toHaveLength(1);
  vi.advanceTimersByTime(1_000);
  expect(said).toHaveLength(2);
  expect(readStreamReport(said[1])).toMatchObject([{ events: 9 }]);
});

test('those of calls are told apart', () => {
  const said: string[] = [];
  const counts = new StreamCounts((report) => said.push(report));
  tellStream(observation(counts, 'v1'), 'events');
  tellStream({ ...observation(counts, 'v1'), side: 'internal' }, 'events');
  vi.runAllTimers();
  expect(readStreamReport(said[0]).map(({ isCall, events }) => [isCall, events])).toEqual([
    [undefined, 1],
    [true, 1],
  ]);
});
