// What a router tells of its open streams is small, and is read back as it was.
import { expect, test } from 'vitest';
import type { StreamCount } from '../../../../src/core/routing/router-report.ts';
import {
  openStreams,
  readStreamReport,
  streamReport,
  streamsFromOutside,
} from '../../../../src/core/routing/stream-report.ts';

const count: StreamCount = {
  app: 'shop',
  component: 'ui',
  hash: 'a'.repeat(40),
  version: 'v1',
  environment: 'dev',
  webSockets: 2,
  events: 1,
};

test('counts come back as they were; what is zero is not told', () => {
  const none = { ...count, version: 'v2', webSockets: 0, events: 0 };
  expect(readStreamReport(streamReport([count, none]))).toEqual([count]);
  expect(streamReport([none])).toBe('');
  expect(readStreamReport('')).toEqual([]);
  expect(readStreamReport()).toEqual([]);
});

test('however many there are, it stays small, and none is lost', () => {
  const many = Array.from({ length: 5_000 }, (_, index) => ({
    ...count,
    app: index % 2 === 0 ? 'shop' : 'blog',
    version: `a-rather-long-name-of-a-version-${index}`,
    webSockets: index,
  }));
  const report = streamReport(many);
  expect(report.length).toBeLessThan(70_000);
  const told = readStreamReport(report);
  expect(openStreams(told)).toBe(openStreams(many));
  expect(told[0]).toEqual(many.at(-1));
  expect(told.filter(({ component }) => component === '').map(({ app }) => app)).toHaveLength(2);
});

test('what another fox may have written is nothing, not an error', () => {
  for (const text of ['{', 'null', '{"a":1}', '[1,null,{"app":"shop"}]'])
    expect(readStreamReport(text)).toEqual([]);
  expect(readStreamReport(JSON.stringify([count, { ...count, events: 'many' }]))).toEqual([count]);
});

test('a stream over two hops is one from outside', () => {
  const pair = { app: 'shop', version: 'v1', environment: 'dev' };
  const edge = { ...pair, component: 'ui', hash: 'a', webSockets: 1, events: 0 };
  const hop = { ...edge, component: 'api', isCall: true } as const;
  const other = { ...edge, environment: 'other' };
  const told = readStreamReport(streamReport([edge, hop, other]));
  expect(told).toEqual([edge, hop, other]);
  expect(streamsFromOutside(told, pair)).toEqual([edge]);
});
