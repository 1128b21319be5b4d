// Values that are typed as text: read by the type that is declared for their name, else by what they look like.
import type { VariableType, VariableValue } from '../../../core/version/app.ts';
import { isInexact } from '../../../core/environments/variable-value.ts';

/** A value, or why the text is none, as a sentence without its subject. */
export type TypedValue = { readonly value: VariableValue } | { readonly problem: string };

/** A number as JSON has it. `0123`, `1.` and `.5` are text. */
const number = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/;

/** Reads a value of a type; without one, what looks like a number, true, false or a list is that, and all else is text. */
export function typedValue(text: string, type?: VariableType): TypedValue {
  // This is what Node makes of bytes that aren't UTF-8.
  if (text.includes('\uFFFD')) return { problem: 'is not valid UTF-8' };
  switch (type ?? looksLike(text)) {
    case 'string':
      return { value: text };
    case 'number':
      return numberIn(text);
    case 'boolean':
      return text === 'true' || text === 'false'
        ? { value: text === 'true' }
        : { problem: `must be true or false, not ${JSON.stringify(text)}` };
    case 'array':
    default:
      return arrayIn(text);
  }
}

function looksLike(text: string): VariableType {
  if (number.test(text)) return 'number';
  if (text === 'true' || text === 'false') return 'boolean';
  return 'value' in arrayIn(text) ? 'array' : 'string';
}

function numberIn(text: string): TypedValue {
  if (!number.test(text)) return { problem: `must be a number, not ${JSON.stringify(text)}` };
  const value = Number(text);
  if (!Number.isFinite(value)) return { problem: `is too large a number: ${text}` };
  if (isInexact(value)) return { problem: `is too large a number to be held exactly: ${text}` };
  return { value };
}

function arrayIn(text: string): TypedValue {
  const problem = { problem: `must be a JSON list of strings and numbers, such as '["a","b"]'` };
  try {
    const value: unknown = JSON.parse(text);
    return isList(value) ? { value } : problem;
  } catch {
    return problem;
  }
}

function isList(value: unknown): value is readonly (string | number)[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string' || typeof each === 'number');
}
