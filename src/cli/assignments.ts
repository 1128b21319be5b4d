// The words of `env set`: NAME=value for each variable, and in front of them the virtual environment, unless an option names it.
import { FoxError } from '../core/errors.ts';

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
    if (!word.includes('=') || name === '') problems.push(`${JSON.stringify(name)} is no NAME=value`);
    else if (assignments.has(name)) problems.push(`${name} is given twice`);
    else assignments.set(name, word.slice(name.length + 1));
  }
  if (problems.length > 0)
    throw new FoxError('USAGE', problems.join('; '), {
      hints: [`Write \`fox env set team-a THEME=dark 'TAGS=["a","b"]'\`.`],
    });
  return { ...(isNamed ? { virtualEnv: first } : {}), assignments };
}
