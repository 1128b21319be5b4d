// Looks at certificates and tokens before they are used, so that what is wrong with them can be said.
import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';

/** What TLS is made with, as PEM. */
export interface Pems {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** @param what they are, for the message. @throws Error if TLS can't be made with them. */
export function checkCertificate(pems: Pems, what: string): void {
  try {
    createSecureContext(pems);
    // It takes an authority that is none without a word.
    if (pems.ca !== undefined) readCertificate(pems.ca);
  } catch (cause) {
    throw new Error(`${what} can't be used: ${reasonOf(cause)}`, { cause });
  }
}

function readCertificate(pem: string): X509Certificate {
  return new X509Certificate(pem);
}

function reasonOf(cause: unknown): string {
  const { code = '', reason = '' } = cause as { code?: string; reason?: string };
  if (code.startsWith('ERR_OSSL_PEM')) return 'it is not PEM';
  if (code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH') return 'its key is of another certificate';
  return reason !== '' ? reason : cause instanceof Error ? cause.message : String(cause);
}

/** The day on which a certificate ended, if that is past. */
export function expiredOn(pem: string, now = Date.now()): string | undefined {
  try {
    const validTo = Date.parse(readCertificate(pem).validTo);
    return validTo < now ? new Date(validTo).toISOString().slice(0, 10) : undefined;
  } catch {
    // Not a certificate: the connection says so.
    return undefined;
  }
}

/** When a JSON web token ends, in ms since 1970; 0 if that can't be told. */
export function expiryOf(token: string): number {
  try {
    const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
    const { exp } = JSON.parse(payload) as { exp?: unknown };
    return typeof exp === 'number' ? exp * 1_000 : 0;
  } catch {
    return 0;
  }
}
