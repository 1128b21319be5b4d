import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { outputLines } from '../../../src/images/output-lines.ts';

function linesOf(...chunks: readonly (string | Buffer)[]): string[] {
  const lines: string[] = [];
  const output = outputLines((line) => lines.push(line));
  for (const chunk of chunks) output.push(Buffer.from(chunk));
  output.end();
  return lines;
}

test('lines end with a line feed, a carriage return or both; the last one need not', () => {
  expect(linesOf('a\nb\r\nc\rd')).toEqual(['a', 'b', 'c', 'd']);
  expect(linesOf('a\r', '\nb\n')).toEqual(['a', 'b']);
  expect(linesOf('\n\na\n')).toEqual(['', '', 'a']);
  expect(linesOf()).toEqual([]);
});

test('however the output is cut into chunks, the lines are the same', () => {
  const text = fc
    .array(fc.constantFrom('a', 'ü', '😀', '\n', '\r\n', '\r'), { maxLength: 30 })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, fc.array(fc.nat(40), { maxLength: 6 }), (content, cuts) => {
      const bytes = Buffer.from(content);
      const places = [
        0,
        ...cuts.map((cut) => Math.min(cut, bytes.length)).toSorted((a, b) => a - b),
        bytes.length,
      ];
      const chunks = places.slice(1).map((place, index) => bytes.subarray(places[index], place));
      expect(linesOf(...chunks)).toEqual(linesOf(bytes));
    }),
  );
});

test('a line without an end does not pile up in memory', () => {
  const lines: string[] = [];
  const output = outputLines((line) => lines.push(line));
  output.push(Buffer.alloc(10_000, 'x'));
  expect(lines.map((line) => line.length)).toEqual([4096, 4096]);
  output.end();
  expect(lines.join('')).toBe('x'.repeat(10_000));
});
