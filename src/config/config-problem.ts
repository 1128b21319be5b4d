// Where and why a config is wrong: every problem with its file, line and path.
import { FoxError } from '../core/errors.ts';

/** One thing that is wrong with a config. */
export interface ConfigProblem {
  /** File name as the user knows it. */
  readonly file: string;
  /** Line, counted from 1; absent where the file as a whole is meant. */
  readonly line?: number;
  /** Where in the document, e.g. `components.order-ui.port`; empty for the whole. */
  readonly path: string;
  /** What is wrong and what was expected. */
  readonly message: string;
}

/** Takes a problem at a path of the document. */
export type Report = (path: readonly (string | number)[], message: string) => void;

/** A problem as one line: `fox.config.yaml:12 components.web.prot: …`. */
export function problemLine({ file, line, path, message }: ConfigProblem): string {
  const place = line === undefined ? file : `${file}:${line}`;
  return path === '' ? `${place}: ${message}` : `${place} ${path}: ${message}`;
}

const configHints = [
  '`fox validate` checks the config without touching anything.',
  'fox.config.example.yaml shows every key.',
];

/** One error for all problems of a config, or of several files; in the order of the files. */
export function configError(problems: readonly ConfigProblem[], hints = configHints): FoxError {
  const files = [...new Set(problems.map(({ file }) => file))];
  const sorted = problems.toSorted(
    (a, b) => files.indexOf(a.file) - files.indexOf(b.file) || (a.line ?? 0) - (b.line ?? 0),
  );
  const subject = files.length > 1 ? `${files.length} files have` : `${files[0] ?? 'the config'} has`;
  const count = sorted.length === 1 ? 'a problem' : `${sorted.length} problems`;
  return new FoxError('CONFIG_INVALID', `${subject} ${count}`, { details: sorted.map(problemLine), hints });
}
