// Templates: text with `{{.Vars.name}}` (or `{{.Env.name}}`) in it, where the values of a virtual environment's variables go.
import type { VariableValue } from '../version/app.ts';
import { variableNameProblem } from '../names.ts';

/** The name by which templates know the sub-path of an environment. */
export const subPathVariable = 'subPath';

/** Where a variable's value goes. */
export interface VariablePart {
  readonly variable: string;
}

/** Text as it is, and variables, in their order. */
export type Template = readonly (string | VariablePart)[];

/** The template in a text, or why it isn't one, as a sentence without its subject. */
export function parseTemplate(text: string): Template | string {
  const parts: (string | VariablePart)[] = [];
  let end = 0;
  for (const { 0: whole, index, groups } of text.matchAll(/\{\{(?<inside>[^{}]*)\}\}/g)) {
    const variable = /^\s*\.(?:Vars|Env)\.(?<name>\S+)\s*$/.exec(groups?.['inside'] ?? '')?.groups?.['name'];
    if (variable === undefined) return `has the template ${whole}; known is {{.Vars.<name>}}`;
    const problem = variableNameProblem(variable);
    if (problem !== undefined) return `has the template ${whole}, but "${variable}" ${problem}`;
    if (index > end) parts.push(text.slice(end, index));
    parts.push({ variable });
    end = index + whole.length;
  }
  if (end < text.length) parts.push(text.slice(end));
  return parts;
}

/** Names of the variables in a template, each once. */
export function variablesOf(template: Template): string[] {
  return [...new Set(template.flatMap((part) => (typeof part === 'string' ? [] : [part.variable])))];
}

/** The texts that a value stands for: itself, or each member of a list. */
export function textsOf(value: VariableValue): string[] {
  return typeof value === 'object' ? value.map(String) : [String(value)];
}
