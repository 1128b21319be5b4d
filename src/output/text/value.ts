// Text of the values of variables and secrets: never anything that a terminal could take for a command.
import type { ShownValue } from '../../actions/environments/values/shown-values.ts';
import type { VariableValue } from '../../core/version/app.ts';
import { shortFingerprint } from '../../core/environments/fingerprint.ts';

/** Longest value that is shown whole, in characters. */
const longestValue = 60;

/** A value in one line, a long one only in part; of a secret its fingerprint. */
export function valueText(value: ShownValue): string {
  if (value.of === 'variable') return shortened(variableLine(value.value));
  const from = value.from === undefined ? '' : `  from ${value.from}`;
  return `••••  fingerprint ${shortFingerprint(value.fingerprint)}${from}`;
}

/** The beginning of a text that is too long to be read, and how long it is. */
export function shortened(text: string): string {
  if (text.length <= longestValue) return text;
  // Half of a character would be shown as something else.
  const start = text.slice(0, longestValue).replace(/[\uD800-\uDBFF]$/, '');
  return `${start}… (${text.length} characters)`;
}

/** As it is; in quotes where one couldn't tell what it is, or where it would disturb the terminal. */
export function variableLine(value: VariableValue): string {
  if (typeof value !== 'string') return quoted(value);
  const isPlain = value !== '' && value === value.trim() && !/[\p{Cc}\p{Cf}\u2028\u2029]/u.test(value);
  return isPlain ? value : quoted(value);
}

/** JSON in one line, with everything escaped that a terminal might take for something else. */
export function quoted(value: VariableValue): string {
  return JSON.stringify(value).replaceAll(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (each) => `\\u{${(each.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
