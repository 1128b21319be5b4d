// What can be wrong when values are put into a predicate, and whose fault that is.
import type { VariableProblem } from '../../environments/environment.ts';
import { type PatternTemplate, variablesIn } from './pattern.ts';

/** A problem of the rule itself, or of a variable's value. */
export type FillingProblem = string | VariableProblem;

/** Whose fault it is: a variable's value, or the rule's. */
export function unusable(template: PatternTemplate, message: string): FillingProblem {
  const [name] = variablesIn(template);
  return name === undefined ? message : problemOf(name, message);
}

/** A problem of a variable's value. */
export function problemOf(name: string, message: string): VariableProblem {
  return { path: `env.${name}`, message };
}
