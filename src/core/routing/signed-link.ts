// Signed links: the proof, in a URL, that somebody who may do so has let its bearer see a version in a virtual environment for a while.
import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';

/** What a link selects. */
export interface Link {
  /** As it is selected, `order-app-v1` or `v1`. Absent: what is released. */
  readonly deployment?: string;
  readonly environment: string;
}

/** Signatures whose validity is remembered. */
const mostRemembered = 1_000;

/** The public key of a private one (PEM), as environments have it: base64url of its 32 bytes. */
export function accessKeyOf(linkKey: string): string {
  const { x } = createPublicKey(linkKey).export({ format: 'jwk' });
  return x ?? '';
}

/** The value of `kf-sig` for a link that is good until `expiresAt` (ms since 1970; whole seconds count). */
export function signLink(link: Link, linkKey: string, expiresAt: number): string {
  const seconds = String(Math.floor(expiresAt / 1_000));
  return `${seconds}.${sign(null, signedText(link, seconds), linkKey).toString('base64url')}`;
}

/** Tells whether links are good; remembers genuine ones. Forged ones could be sent without end, and drive those out. */
export class LinkVerifier {
  readonly #genuine = new Set<string>();

  /**
   * What is wrong with the `signature` of a link, as a sentence; undefined if it is good.
   * @param accessKey public key: base64url of its 32 bytes.
   * @param now ms since 1970.
   */
  flawOf(link: Link, signature: string, accessKey: string, now: number): string | undefined {
    const [, seconds, proof] = /^(\d{1,12})\.([A-Za-z0-9_-]{86})$/.exec(signature) ?? [];
    if (seconds === undefined || proof === undefined) return 'its kf-sig is not a signature';
    if (!this.#isGenuine(link, seconds, proof, accessKey))
      return 'its kf-sig is forged, or of another version or virtual environment';
    if (Number(seconds) * 1_000 > now) return undefined;
    return `its link expired at ${new Date(Number(seconds) * 1_000).toISOString()}`;
  }

  #isGenuine(link: Link, seconds: string, proof: string, accessKey: string): boolean {
    const text = signedText(link, seconds);
    const key = `${accessKey} ${proof} ${text.toString('utf8')}`;
    if (this.#genuine.has(key)) return true;
    const publicKey = publicKeyOf(accessKey);
    const isGenuine =
      publicKey !== undefined && verify(null, text, publicKey, Buffer.from(proof, 'base64url'));
    if (!isGenuine) return false;
    const [oldest] = this.#genuine;
    if (oldest !== undefined && this.#genuine.size >= mostRemembered) this.#genuine.delete(oldest);
    this.#genuine.add(key);
    return true;
  }
}

function signedText({ deployment = '', environment }: Link, seconds: string): Buffer {
  return Buffer.from(JSON.stringify(['fox-link', 1, deployment, environment, seconds]));
}

/** Undefined if it isn't one. */
function publicKeyOf(accessKey: string): KeyObject | undefined {
  try {
    return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: accessKey }, format: 'jwk' });
  } catch {
    return undefined;
  }
}
