// What every refusal has in common: one clear error on standard error, the right exit code, and nothing else.
import type { Ended } from './sandbox.ts';

/** What is wrong with how a command was refused: empty if it ended with `expected`, saying all of `texts`. */
export function flaws({ code, stdout, stderr }: Ended, expected: number, ...texts: string[]): string[] {
  const errors = stderr.split('\n').filter((line) => line.startsWith('Error: '));
  const found = [
    ...(code === expected ? [] : [`exit code ${code} instead of ${expected}`]),
    ...(stdout === '' ? [] : [`standard output: ${stdout}`]),
    ...texts.filter((text) => !stderr.includes(text)).map((text) => `it doesn't say: ${text}`),
    ...(errors.length === 1 ? [] : [`${errors.length} errors instead of one`]),
    ...(/^\s*at .*:\d+:\d+\)?$/m.test(stderr) ? ['it shows a stack'] : []),
  ];
  return found.length === 0 ? [] : [...found, stderr];
}
