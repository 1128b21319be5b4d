import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  fieldText,
  matchesLabels,
  parseFieldSelector,
  parseLabelSelector,
  requirementsOf,
  selectorText,
} from '../../../../src/embedded/api/selectors.ts';
import { StatusError } from '../../../../src/embedded/store/status-error.ts';

/** Code of the Status that refuses a selector; undefined when it is understood. */
function refusalOf(selector: string): unknown {
  try {
    matchesLabels(parseLabelSelector(selector), { a: 'a' });
    return undefined;
  } catch (error) {
    return error instanceof StatusError ? error.code : error;
  }
}

describe('label selectors as text', () => {
  test.each([
    { selector: '', yes: [{}, { a: 'b' }], no: [] },
    { selector: 'a=b', yes: [{ a: 'b' }, { a: 'b', c: 'd' }], no: [{}, { a: 'c' }] },
    { selector: 'a==b', yes: [{ a: 'b' }], no: [{ a: '' }] },
    { selector: 'a=', yes: [{ a: '' }], no: [{}, { a: 'b' }] },
    { selector: 'a=,c', yes: [{ a: '', c: 'd' }], no: [{ a: '' }] },
    { selector: 'a!=b', yes: [{}, { a: 'c' }], no: [{ a: 'b' }] },
    { selector: 'a', yes: [{ a: '' }, { a: 'b' }], no: [{}] },
    { selector: '!a', yes: [{}, { b: 'a' }], no: [{ a: '' }] },
    { selector: 'a in (b, c)', yes: [{ a: 'b' }, { a: 'c' }], no: [{}, { a: 'd' }] },
    { selector: 'a notin (b,c)', yes: [{}, { a: 'd' }], no: [{ a: 'b' }] },
    { selector: 'a in (,b)', yes: [{ a: 'b' }], no: [{ a: 'c' }] },
    {
      selector: ' x.io/a = b , c != d,e ',
      yes: [{ 'x.io/a': 'b', e: '' }],
      no: [{ 'x.io/a': 'b', e: '', c: 'd' }],
    },
    { selector: 'n>5', yes: [{ n: '6' }], no: [{ n: '5' }, {}, { n: 'x' }] },
    { selector: 'n<5', yes: [{ n: '4' }], no: [{ n: '5' }, {}] },
    { selector: 'in in (in)', yes: [{ in: 'in' }], no: [{}] },
    { selector: 'hasOwnProperty', yes: [{ hasOwnProperty: 'a' }], no: [{}] },
  ])('$selector', ({ selector, yes, no }) => {
    const requirements = parseLabelSelector(selector);
    const matches = (labels: Record<string, string>) => matchesLabels(requirements, labels);
    expect((yes as Record<string, string>[]).filter((labels) => !matches(labels))).toEqual([]);
    expect((no as Record<string, string>[]).filter(matches)).toEqual([]);
  });

  test.each([
    '=b',
    'a in b',
    'a in (b',
    'a b',
    'a=b,',
    ',',
    'a notin',
    'a!b',
    '!',
    'a=b=c',
    '(a)',
    'a in (b))',
  ])('%s makes no sense', (selector) => {
    expect(() => parseLabelSelector(selector)).toThrow(
      expect.objectContaining({ code: 400, reason: 'BadRequest' }),
    );
  });

  test('whatever the text, it is parsed or refused', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '=', '!', ',', '(', ')', ' ', 'in', 'notin', '<') }),
        (text) => {
          expect([undefined, 400]).toContain(refusalOf(text));
        },
      ),
    );
  });
});

test('no labels match what asks for none', () => {
  expect(matchesLabels(parseLabelSelector('!a,b!=c'), undefined)).toBe(true);
  expect(matchesLabels(parseLabelSelector('a'), undefined)).toBe(false);
});

test('selectors of specs', () => {
  const selector = {
    matchLabels: { b: 'c', a: 'b' },
    matchExpressions: [
      { key: 'd', operator: 'In', values: ['f', 'e'] },
      { key: 'g', operator: 'NotIn', values: ['h'] },
      { key: 'i', operator: 'Exists' },
      { key: 'j', operator: 'DoesNotExist' },
    ],
  };
  expect(selectorText(selector)).toBe('!j,a=b,b=c,d in (e,f),g notin (h),i');
  const requirements = requirementsOf(selector);
  expect(matchesLabels(requirements, { a: 'b', b: 'c', d: 'e', i: '' })).toBe(true);
  expect(matchesLabels(requirements, { a: 'b', b: 'c', d: 'e', i: '', j: '' })).toBe(false);
  expect(
    matchesLabels(requirementsOf({ matchExpressions: [{ key: 'a', operator: 'Like' }] }), { a: 'b' }),
  ).toBe(false);
});

test('field selectors', () => {
  expect(parseFieldSelector('metadata.name=a, status.phase!=Running,spec.nodeName==')).toEqual([
    { field: 'metadata.name', equal: true, value: 'a' },
    { field: 'status.phase', equal: false, value: 'Running' },
    { field: 'spec.nodeName', equal: true, value: '' },
  ]);
  expect(parseFieldSelector('')).toEqual([]);
  expect(() => parseFieldSelector('a')).toThrow(expect.objectContaining({ code: 400 }));
  const object = { metadata: { name: 'a' }, spec: { n: 5, deep: {} } };
  expect(fieldText(object, 'metadata.name')).toBe('a');
  expect(fieldText(object, 'spec.n')).toBe('5');
  for (const path of ['spec.deep', 'spec.none', 'spec.none.more', 'toString', 'metadata.name.length'])
    expect(fieldText(object, path)).toBe('');
});
