// Problems as responses: a closed set that programs can rely on.
import { expect, test } from 'vitest';
import { nameList, problemBody, problemKinds } from '../../../../src/core/routing/problem.ts';

test('a problem is RFC 9457 JSON that says what to try', () => {
  const body = problemBody({
    problem: 'not-running',
    detail: 'v1 "does" not run.',
    try: ['fox deploy v1'],
    facts: { environment: 'dev' },
  });
  expect(JSON.parse(body)).toEqual({
    type: 'urn:fox:problem:not-running',
    title: problemKinds['not-running'].title,
    status: 404,
    detail: 'v1 "does" not run.',
    environment: 'dev',
    try: ['fox deploy v1'],
  });
  expect(body).toContain('\n  "status": 404,\n');
});

test('what is for the log alone is not told', () => {
  const body = problemBody({
    problem: 'access-refused',
    detail: 'No.',
    try: [],
    reason: 'team-a: its access is internal',
  });
  expect(body).not.toContain('team-a');
});

test('the set is closed: a new status is a decision', () => {
  const statuses = new Set(Object.values(problemKinds).map(({ status }) => status));
  expect(statuses).toEqual(new Set([400, 403, 404, 405, 408, 413, 421, 431, 502, 503, 504]));
});

test('lists of names are bounded', () => {
  expect(nameList([])).toBe('none');
  expect(nameList(['a', 'b'])).toBe('a, b');
  expect(nameList(Array.from({ length: 12 }, (_, index) => `n${index}`))).toBe(
    'n0, n1, n2, n3, n4, n5, n6, n7, n8, n9 and 2 more',
  );
});
