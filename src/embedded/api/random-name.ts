// Names that are made up: a base and a random suffix, as Kubernetes makes them.
import { randomInt } from 'node:crypto';

/** Without vowels and what looks like them: no words. Kubernetes' own. */
export const nameAlphabet = 'bcdfghjklmnpqrstvwxz2456789';
const suffixLength = 5;
/** Names are often those of hosts, too. */
const maxBase = 63 - suffixLength;

/** A name that begins with a base, cut where the whole would be too long. */
export function randomName(base: string): string {
  const suffix = Array.from({ length: suffixLength }, () => nameAlphabet[randomInt(nameAlphabet.length)]);
  return `${base.slice(0, maxBase)}${suffix.join('')}`;
}
