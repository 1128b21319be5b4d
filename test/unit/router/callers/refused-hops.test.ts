// A refused call is told once in a while, however often it happens.
import { expect, test } from 'vitest';
import type { Problem } from '../../../../src/core/routing/problem.ts';
import { refusedHops } from '../../../../src/router/callers/refused-hops.ts';

const refusal = (callee: string): Problem => ({
  problem: 'context-lost',
  detail: 'order-ui lost the context',
  try: [],
  facts: { caller: 'order-ui', callee },
});

test('each kind of refusal is told once a minute', () => {
  const lines: unknown[] = [];
  let now = 0;
  const report = refusedHops(
    (level, event, fields) => lines.push([level, event, fields?.['callee']]),
    () => now,
  );
  for (let count = 0; count < 100; count++) report(refusal('api-server'));
  report(refusal('review'));
  expect(lines).toEqual([
    ['warning', 'hop-refused', 'api-server'],
    ['warning', 'hop-refused', 'review'],
  ]);
  now = 60_000;
  report(refusal('api-server'));
  expect(lines).toHaveLength(3);
});

test('a caller that makes up callees does not fill the log, nor the memory', () => {
  const told: unknown[] = [];
  let now = 0;
  const report = refusedHops(
    (_, __, fields) => told.push(fields?.['callee']),
    () => now,
  );
  for (let count = 0; count < 5_000; count++) report(refusal(`made-up-${count}`));
  expect(told).toHaveLength(1_000);
  now = 60_000;
  report(refusal('api-server'));
  expect(told).toHaveLength(1_001);
});
