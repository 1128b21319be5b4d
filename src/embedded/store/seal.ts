// Secrets at rest: sealed with a key in a file beside the store, so that neither a copy of the store nor a search of the disk shows them.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { FoxError } from '../../core/errors.ts';

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
/** Bytes of a key. */
export const sealKeyBytes = 32;

/** A value as it is stored. */
export interface Sealed {
  /** Base64 of nonce, tag and text. */
  readonly sealed: string;
}

/** Whether a stored value is sealed; those of fox before it sealed Secrets aren't. */
export function isSealed(value: unknown): value is Sealed {
  return typeof value === 'object' && value !== null && 'sealed' in value;
}

/** Seals a value for its place: put elsewhere, it can't be opened. */
export function seal(key: Uint8Array, place: string, value: unknown): Sealed {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce).setAAD(Buffer.from(place));
  const text = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
  return { sealed: Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64') };
}

/** The value in what {@link seal} has made. @throws FoxError FILE_SYSTEM if it was sealed by another key, or is damaged. */
export function unseal(key: Uint8Array, place: string, { sealed }: Sealed): unknown {
  const bytes = Buffer.from(sealed, 'base64');
  const [nonce, tag, text] = [
    bytes.subarray(0, nonceBytes),
    bytes.subarray(nonceBytes, nonceBytes + 16),
    bytes.subarray(nonceBytes + 16),
  ];
  try {
    const decipher = createDecipheriv(algorithm, key, nonce).setAAD(Buffer.from(place)).setAuthTag(tag);
    return JSON.parse(Buffer.concat([decipher.update(text), decipher.final()]).toString('utf8'));
  } catch (cause) {
    throw new FoxError(
      'FILE_SYSTEM',
      "the embedded cluster's Secrets can't be opened: their key is another one",
      {
        cause,
        hints: ['Restore the whole directory .fox/cluster from one backup.'],
      },
    );
  }
}
