// Text of what explanations of routes have in common: steps, and what is answered where nothing is reached.
import type { ExplainedProblem } from '../../actions/route/explain-result.ts';
import { printable } from '../printable.ts';
import type { Style } from '../style.ts';

/** What a step is called, and what is to be said of it; what follows the first line is less important. */
export type Step = readonly [string, ...string[]];

/** Steps in two columns. */
export function stepLines(steps: readonly Step[], style: Style): string[] {
  const width = Math.max(...steps.map(([name]) => name.length));
  return printable(steps).flatMap(([name, first = '', ...more]) => [
    `  ${name.padEnd(width)}  ${first}`.trimEnd(),
    ...more.map((line) => `  ${' '.repeat(width)}  ${style.dim(line)}`),
  ]);
}

/** What is answered, what isn't told there, and what to try. */
export function problemLines(problem: ExplainedProblem, style: Style): string[] {
  const { type, status, detail, reason, try: tries } = printable(problem);
  return [
    `${style.bad('✘')} ${status} ${type}: ${detail}`,
    ...(reason === undefined ? [] : [style.dim(`  not told to clients: ${reason}`)]),
    ...tries.map((each) => `→ ${commandText(each)}`),
  ];
}

/** Commands are marked as such; other advice is a sentence, or a query to add. */
function commandText(text: string): string {
  return text.startsWith('fox ') ? `\`${text}\`` : text;
}
