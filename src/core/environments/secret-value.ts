// Secrets as they are written down: what a value can be, how bytes become one, and how one of another tool is named.
import { FoxError } from '../errors.ts';

/** Bytes that a value may have: Linux takes no longer string for a variable of a process, its name and `=` included. */
export const maxSecretBytes = 127 * 1024;

/** What keeps a text from being a secret's value, as a sentence fragment; undefined if nothing does. */
export function secretProblem(value: string, limit = maxSecretBytes): string | undefined {
  if (value === '') return 'is empty';
  if (value.includes('\0')) return 'has a NUL byte in it, which no variable of a process can have';
  const size = Buffer.byteLength(value);
  return size <= limit ? undefined : `has ${size} bytes; ${limit} are possible`;
}

/** `name/key` of a Secret of the cluster. */
export const secretKeyPattern = /^([a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?)\/([-._A-Za-z0-9]{1,253})$/;

/** Name and key that `name/key` means; undefined if it isn't of that form. */
export function parseSecretKey(written: string): { readonly name: string; readonly key: string } | undefined {
  const [, name, key] = secretKeyPattern.exec(written) ?? [];
  return name === undefined || key === undefined ? undefined : { name, key };
}

/** Bytes as text; undefined unless they are UTF-8. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The value that bytes are, for the secret of this name. @throws FoxError USAGE that doesn't show it. */
export function secretText(name: string, bytes: Uint8Array, limit = maxSecretBytes): string {
  const text = utf8Text(bytes);
  const problem = text === undefined ? "isn't UTF-8 text" : secretProblem(text, limit);
  if (text !== undefined && problem === undefined) return text;
  throw new FoxError('USAGE', `the value of ${name} ${problem ?? ''}`, {
    hints:
      text === ''
        ? ['A secret without a value is removed by `fox env unset`.']
        : ['Encode what is no text, e.g. as base64.'],
  });
}
