// Translates what connections to registries fail with: names, networks, certificates.
import { FoxError } from '../../core/errors.ts';
import { Transient } from './patience.ts';

const certificateCodes: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by an authority that this machine does not know',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its certificate is signed by an authority that this machine does not know',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'its certificate is signed by an authority that this machine does not know',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet: compare the clocks',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

/** The error for a request that got no answer, or whose answer broke off. Transient if it is worth another attempt. */
export function connectionError(host: string, error: unknown): FoxError | Transient {
  const code = codeOf(error);
  const failure = (why: string, hints: readonly string[]) =>
    new FoxError('REGISTRY_UNREACHABLE', `can't reach the registry ${host}: ${why}`, { hints, cause: error });
  const certificate = certificateCodes[code];
  if (certificate !== undefined) {
    return failure(certificate, [
      'If you trust its authority, name the file with its certificate: `export NODE_EXTRA_CA_CERTS=/path/to/ca.pem`.',
    ]);
  }
  if (/^(EPROTO|ERR_SSL_.*)$/.test(code)) {
    return failure('it does not speak HTTPS', [
      `If it speaks plain HTTP, say so in the config: registry: { prefix: ${host}/…, insecure: true }.`,
    ]);
  }
  const check = [`Check the name and the network: \`curl -i ${host}/v2/\`.`];
  if (code === 'ENOTFOUND') return failure('there is no host of that name', check);
  return new Transient(failure(reasonOf(error, code), check));
}

function reasonOf(error: unknown, code: string): string {
  if (code === 'ECONNREFUSED') return 'the connection was refused, nothing listens there';
  if (code === 'EAI_AGAIN') return 'its name could not be looked up';
  if (/^(UND_ERR_CONNECT_TIMEOUT|ETIMEDOUT)$/.test(code)) return 'the connection was not made in time';
  if (/^UND_ERR_(HEADERS|BODY)_TIMEOUT$/.test(code)) return 'it was silent for too long';
  if (/^(ECONNRESET|EPIPE|UND_ERR_SOCKET|UND_ERR_RES_.*)$/.test(code)) return 'the connection broke off';
  return (error instanceof Error && error.message) || code || String(error);
}

/** Code of an error, or of the one that caused it. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  return 'code' in error && typeof error.code === 'string' ? error.code : codeOf(error.cause);
}
