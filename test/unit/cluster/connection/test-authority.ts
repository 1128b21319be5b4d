// Makes certificates for tests: an authority, and what it signs.
import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';

/** A certificate with its key, as PEM. */
export interface SignedCertificate {
  readonly cert: string;
  readonly key: string;
}

/** What is signed. Times are days from now. */
export interface CertificateWish {
  readonly name: string;
  readonly hosts?: readonly string[];
  readonly from?: number;
  readonly to?: number;
}

/** Somebody who signs certificates. */
export interface TestAuthority {
  /** PEM. */
  readonly ca: string;
  sign(wish: CertificateWish): Promise<SignedCertificate>;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMilliseconds = 86_400_000;

function validity(from = -1, to = 1) {
  return { notBefore: inDays(from), notAfter: inDays(to), signingAlgorithm: algorithm };
}

function inDays(days: number): Date {
  return new Date(Date.now() + days * dayMilliseconds);
}

/** Makes an authority that nobody trusts yet. */
export async function makeAuthority(name = 'authority'): Promise<TestAuthority> {
  // Its dependency injection refuses to load without these.
  for (const missing of ['getMetadata', 'getOwnMetadata', 'defineMetadata']) {
    if (!(missing in Reflect))
      Object.defineProperty(Reflect, missing, { value: () => undefined, configurable: true });
  }
  const x509 = await import('@peculiar/x509');
  x509.cryptoProvider.set(globalThis.crypto);
  const keys = await makeKeys();
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(-400, 400),
    serialNumber: serialNumber(),
    name: `CN=${name}`,
    keys,
    extensions: [new x509.BasicConstraintsExtension(true, 0, true)],
  });
  const sign = async ({ name: subject, hosts = ['127.0.0.1'], from, to }: CertificateWish) => {
    const own = await makeKeys();
    const names = hosts.map((value) => ({
      type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const),
      value,
    }));
    const certificate = await x509.X509CertificateGenerator.create({
      ...validity(from, to),
      serialNumber: serialNumber(),
      subject: `CN=${subject}`,
      issuer: authority.subject,
      publicKey: own.publicKey,
      signingKey: keys.privateKey,
      extensions: [new x509.SubjectAlternativeNameExtension(names)],
    });
    const key = await globalThis.crypto.subtle.exportKey('pkcs8', own.privateKey);
    return { cert: certificate.toString('pem'), key: x509.PemConverter.encode(key, 'PRIVATE KEY') };
  };
  return { ca: authority.toString('pem'), sign };
}

function makeKeys() {
  return globalThis.crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

function serialNumber(): string {
  return `01${randomBytes(8).toString('hex')}`;
}

/** PEM as a kubeconfig holds it. */
export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
