// The words of `env set` and `env unset`: NAME=value or NAME for each variable, and in front of them the virtual environment, unless an option names it.
import { FoxError } from '../core/errors.ts';
import { nameProblem } from '../core/names.ts';

/** What was typed. */
export interface Assigned {
  /** The environment, if a word names it. */
  readonly virtualEnv?: string;
  /** Values as typed, by name. */
  readonly assignments: ReadonlyMap<string, string>;
}

/** @throws FoxError USAGE naming each word that is neither; a word's value is never repeated. */
export function readAssignments(words: readonly string[]): Assigned {
  const [first] = words;
  const isNamed = first !== undefined && !first.includes('=');
  const assignments = new Map<string, string>();
  const problems: string[] = [];
  for (const word of isNamed ? words.slice(1) : words) {
    const [name = ''] = word.split('=', 1);
    if (word.startsWith('=')) problems.push('a name is missing in front of "="');
    else if (!word.includes('=')) problems.push(`${JSON.stringify(name)} is no NAME=value`);
    else if (assignments.has(name)) problems.push(`${name} is given twice`);
    else assignments.set(name, word.slice(name.length + 1));
  }
  if (problems.length > 0)
    throw new FoxError('USAGE', problems.join('; '), {
      hints: [`Write \`fox env set team-a THEME=dark 'TAGS=["a","b"]'\`.`],
    });
  return { ...(isNamed ? { virtualEnv: first } : {}), assignments };
}

/** Whether an environment is named otherwise than by a word. */
export interface OtherNaming {
  readonly isNamed: boolean;
  /** By an option on the command line; otherwise by FOX_VIRTUAL_ENV, which counts less than a word. */
  readonly isTyped: boolean;
}

/**
 * The words of `env unset`. Beside FOX_VIRTUAL_ENV the first of several is the environment if it can name one: what is meant
 * for another environment must not be done to that.
 */
export function readNames(
  words: readonly string[],
  { isNamed, isTyped }: OtherNaming,
): { readonly virtualEnv?: string; readonly names: readonly string[] } {
  const [first, ...rest] = words;
  if (first === undefined || (isNamed && isTyped)) return { names: words };
  if (isNamed && (rest.length === 0 || nameProblem(first) !== undefined)) return { names: words };
  return { virtualEnv: first, names: rest };
}
