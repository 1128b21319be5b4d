// The output format that a command line asks for, found also where the rest of it can't be understood.
import type { OutputFormat } from '../output/output.ts';

const formats: readonly string[] = ['text', 'json', 'yaml'] satisfies OutputFormat[];

/** As typed last, else as FOX_OUTPUT says; undefined: neither names one. */
export function typedFormat(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): OutputFormat | undefined {
  const end = args.indexOf('--');
  const words = end === -1 ? args : args.slice(0, end);
  const typed = words.flatMap((word, index) => {
    if (word === '-o' || word === '--output') return words[index + 1] ?? [];
    return /^(?:--output=|-o)(?<format>.+)$/.exec(word)?.groups?.['format'] ?? [];
  });
  return [env['FOX_OUTPUT'] ?? '', ...typed].findLast((each): each is OutputFormat => formats.includes(each));
}
