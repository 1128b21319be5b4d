// The API's certificate for loopback: made once per cluster, signed by an authority of its own whose key nobody keeps.
import { randomBytes, X509Certificate as NodeCertificate } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isIP } from 'node:net';
import { FoxError } from '../../core/errors.ts';

/** What a server needs to prove that it is the cluster's, as PEM. */
export interface ServerCertificate {
  readonly key: string;
  readonly certificate: string;
  /** What clients trust. */
  readonly authority: string;
}

const years = 10;
const dayMilliseconds = 86_400_000;
/** One that ends sooner than this is replaced. */
const renewBeforeDays = 30;
const hosts = ['localhost', '127.0.0.1', '::1'];
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/**
 * The certificate in a file, which only its user can read; made if the file doesn't exist, is damaged, or ends soon.
 * Not for two processes at once: whoever has the cluster's claim calls it.
 * @throws FoxError FILE_SYSTEM.
 */
export async function loadCertificate(path: string): Promise<ServerCertificate> {
  try {
    return parse(await readIfThere(path)) ?? (await make(path));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new FoxError('FILE_SYSTEM', `can't make the embedded cluster's certificate ${path}: ${why}`, {
      cause,
    });
  }
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

/** Key, certificate and authority, in this order; undefined if they aren't, or not for long. */
function parse(text: string): ServerCertificate | undefined {
  const blocks = text.match(/-----BEGIN [A-Z ]+-----[\s\S]*?-----END [A-Z ]+-----\n/g) ?? [];
  const [key, certificate, authority] = blocks;
  if (key === undefined || certificate === undefined || authority === undefined || blocks.length !== 3)
    return undefined;
  try {
    const ends = Date.parse(new NodeCertificate(certificate).validTo);
    return ends - Date.now() > renewBeforeDays * dayMilliseconds
      ? { key, certificate, authority }
      : undefined;
  } catch {
    // Damaged: a new one is as good.
    return undefined;
  }
}

async function make(path: string): Promise<ServerCertificate> {
  const made = await generate();
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const scratch = `${path}.${process.pid}.tmp`;
  await rm(scratch, { force: true });
  const file = await open(scratch, 'wx', 0o600);
  try {
    await file.writeFile(`${made.key}${made.certificate}${made.authority}`);
    await file.sync();
  } finally {
    await file.close();
  }
  await chmod(scratch, 0o600);
  await rename(scratch, path);
  return made;
}

async function generate(): Promise<ServerCertificate> {
  const x509 = await loadLibrary();
  x509.cryptoProvider.set(globalThis.crypto);
  const notBefore = new Date(Date.now() - dayMilliseconds);
  const notAfter = new Date(Date.now() + years * 365 * dayMilliseconds);
  const validity = { notBefore, notAfter, signingAlgorithm: algorithm };
  const authorityKeys = await generateKeys();
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    serialNumber: serialNumber(),
    name: 'CN=fox embedded cluster authority',
    keys: authorityKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  });
  const serverKeys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity,
    serialNumber: serialNumber(),
    subject: 'CN=fox embedded cluster',
    issuer: authority.subject,
    publicKey: serverKeys.publicKey,
    signingKey: authorityKeys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        hosts.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  });
  const key = await globalThis.crypto.subtle.exportKey('pkcs8', serverKeys.privateKey);
  return {
    key: `${x509.PemConverter.encode(key, 'PRIVATE KEY').trim()}\n`,
    certificate: `${certificate.toString('pem').trim()}\n`,
    authority: `${authority.toString('pem').trim()}\n`,
  };
}

function generateKeys() {
  return globalThis.crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

/** Positive, as RFC 5280 wants. */
function serialNumber(): string {
  return `01${randomBytes(15).toString('hex')}`;
}

/**
 * Its dependency injection (tsyringe) refuses to load unless it can ask for decorators' metadata. fox's build leaves none,
 * so that there is nothing to find.
 */
async function loadLibrary() {
  for (const name of ['getMetadata', 'getOwnMetadata', 'defineMetadata']) {
    if (!(name in Reflect))
      Object.defineProperty(Reflect, name, { value: () => undefined, configurable: true, writable: true });
  }
  const library = await import('@peculiar/x509');
  // It is CommonJS: once bundled, all that it exports is only there as the default.
  return 'default' in library ? (library.default as typeof library) : library;
}
