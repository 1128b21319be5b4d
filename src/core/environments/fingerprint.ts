// Fingerprints of secrets: keyed hashes by which equal values are recognised, and nothing else is learnt.
import { createHmac } from 'node:crypto';

/** HMAC-SHA256 of a secret's value (64 hex digits). Who has it, but not the key, can't try values out. */
export function fingerprintOf(key: Uint8Array, value: string): string {
  return createHmac('sha256', key).update(value, 'utf8').digest('hex');
}

/** A fingerprint as people compare it: its first 8 digits. */
export function shortFingerprint(fingerprint: string): string {
  return fingerprint.slice(0, 8);
}

/** Key of a value in the Secret of its virtual environment: a new value never takes an old one's place. */
export function secretKey(name: string, fingerprint: string): string {
  return `${name}.${fingerprint.slice(0, 16)}`;
}
