// Values that are typed as text: by a declared type, else by what they look like.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { typedValue } from '../../../../../src/actions/environments/values/typed-value.ts';

describe('without a declared type', () => {
  it.each([
    ['20', 20],
    ['-1.5e3', -1500],
    ['true', true],
    ['["a",2]', ['a', 2]],
    ['[]', []],
  ])('%s is what it looks like', (text, value) => {
    expect(typedValue(text)).toEqual({ value });
  });

  it.each([
    '',
    'dark',
    '0123',
    '1.',
    '.5',
    '+1',
    '0x10',
    'NO',
    'yes',
    'TRUE',
    'null',
    '~',
    '[a]',
    '{"a":1}',
    '[true]',
    ' 1',
  ])('%j is text', (text) => {
    expect(typedValue(text)).toEqual({ value: text });
  });
});

describe('of a declared type', () => {
  it('text stays text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(!text.includes('\uFFFD'));
        expect(typedValue(text, 'string')).toEqual({ value: text });
      }),
    );
  });

  it.each([
    ['abc', 'number', 'must be a number, not "abc"'],
    ['0123', 'number', 'must be a number, not "0123"'],
    ['', 'number', 'must be a number, not ""'],
    ['1e999', 'number', 'is too large a number: 1e999'],
    ['9007199254740993', 'number', 'is too large a number to be held exactly: 9007199254740993'],
    ['yes', 'boolean', 'must be true or false, not "yes"'],
    ['a,b', 'array', `must be a JSON list of strings and numbers, such as '["a","b"]'`],
    ['[null]', 'array', `must be a JSON list of strings and numbers, such as '["a","b"]'`],
  ] as const)('%j is no %s', (text, type, problem) => {
    expect(typedValue(text, type)).toEqual({ problem });
  });

  it('a number is that which JSON reads', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true })),
        (number) => {
          fc.pre(!Number.isInteger(number) || Number.isSafeInteger(number));
          const text = JSON.stringify(number);
          expect(typedValue(text, 'number')).toEqual({ value: JSON.parse(text) as number });
        },
      ),
    );
  });
});

it('what was no UTF-8 is refused whatever its type', () => {
  expect(typedValue('a\uFFFDb', 'string')).toEqual({ problem: 'is not valid UTF-8' });
});
