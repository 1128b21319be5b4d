// What went wrong between fox and a cluster's API, in words: no way there, no trust, no credentials, no Kubernetes.
import type { IncomingMessage } from 'node:http';
import type { RequestOptions } from 'node:https';
import { FoxError } from '../../core/errors.ts';
import { expiredOn } from '../connection/certificate.ts';

/** What of a connection its errors tell. */
interface Where {
  readonly server: string;
  readonly through?: string;
  readonly hints: { readonly unreachable: readonly string[]; readonly unauthorized: readonly string[] };
}

/** The error for a request that got no answer. */
export function connectionError(where: Where, options: RequestOptions, cause: unknown): FoxError {
  if (cause instanceof FoxError) return cause;
  const code = (cause as { readonly code?: string } | undefined)?.code ?? '';
  if (/^ERR_SSL_.*ALERT_.*(CERTIFICATE|UNKNOWN_CA)/.test(code)) return unauthorized(where, options, cause);
  // Some servers hang up on such a certificate without a word.
  const isCut = code === 'ECONNRESET' || code === 'EPIPE';
  if (isCut && expiry(options) !== undefined) return unauthorized(where, options, cause);
  const untrusted = tlsProblems[code];
  if (untrusted !== undefined) {
    return new FoxError(
      'CLUSTER_UNREACHABLE',
      `the cluster at ${where.server} can't be trusted: ${untrusted}`,
      {
        hints: [distrustHints[code] ?? newKubeconfig],
        cause,
      },
    );
  }
  const way = where.through === undefined ? '' : ` through the proxy ${where.through}`;
  const why = protocolProblem(code) ?? reasonOf(cause);
  return new FoxError('CLUSTER_UNREACHABLE', `no cluster answers at ${where.server}${way}: ${why}`, {
    hints: where.hints.unreachable,
    cause,
  });
}

/** The error for 401, or for a server that doesn't take the client's certificate. */
export function unauthorized({ server, hints }: Where, options: RequestOptions, cause?: unknown): FoxError {
  const expired = expiry(options);
  const why = expired === undefined ? '' : `: the client certificate expired on ${expired}`;
  return new FoxError(
    'CLUSTER_UNAUTHORIZED',
    `the cluster at ${server} doesn't accept these credentials${why}`,
    { hints: hints.unauthorized, cause },
  );
}

function expiry({ cert }: RequestOptions): string | undefined {
  return typeof cert === 'string' ? expiredOn(cert) : undefined;
}

/** The error for an answer that leads to another address: an API never does. */
export function elsewhere({ server }: Where, { headers }: IncomingMessage): FoxError {
  const target = URL.canParse(headers.location ?? '', server)
    ? new URL(headers.location ?? '', server)
    : undefined;
  return new FoxError(
    'CLUSTER_UNREACHABLE',
    `what answers at ${server} is no Kubernetes API: it leads on to ${target?.origin ?? 'somewhere else'}`,
    { hints: ['A login page or a proxy may stand before the cluster; `kubectl version` must work first.'] },
  );
}

const newKubeconfig = 'Get a new kubeconfig from whoever runs the cluster.';
const clock = 'The clock of this machine may be wrong (`date`)';

/** What helps, by the code, where it isn't a new kubeconfig. */
const distrustHints: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: `${clock}; else whoever runs the cluster must renew its certificate.`,
  CERT_NOT_YET_VALID: `${clock}, or that of the cluster.`,
};

const wrongAuthority = "its certificate is not signed by the kubeconfig's authority";

/** What is wrong with a server's certificate, by Node's code for it. */
const tlsProblems: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  CERT_SIGNATURE_FAILURE: wrongAuthority,
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: wrongAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: wrongAuthority,
  DEPTH_ZERO_SELF_SIGNED_CERT: wrongAuthority,
  UNABLE_TO_GET_ISSUER_CERT: wrongAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: wrongAuthority,
};

function protocolProblem(code: string): string | undefined {
  if (code.startsWith('HPE_')) return "it doesn't speak HTTP as a Kubernetes API does";
  return /^(EPROTO|ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST))$/.test(code)
    ? "it doesn't speak HTTPS"
    : undefined;
}

/** A connection that was tried at several addresses fails without a message of its own. */
function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.message === '') return cause.errors.map(reasonOf).join('; ');
  const message = cause instanceof Error ? cause.message : String(cause);
  // Words of the library that opens the way through proxies.
  return message.replace(/^Bad response: (\d+)$/, 'the proxy answered with status $1');
}

/** The error for a silence of `milliseconds`. */
export function silent(milliseconds: number): Error {
  return new Error(`it was silent for ${milliseconds / 1_000} s`);
}

/** The error for an answer that began and didn't end. */
export function brokenOff(cause: unknown): FoxError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new FoxError('CLUSTER_UNREACHABLE', `the connection to the cluster broke off: ${why}`, {
    hints: ['Run the command again: it goes on where it was.'],
    cause,
  });
}
