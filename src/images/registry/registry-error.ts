// Translates what connections and registries answer with into errors that say which registry, what for and what to try.
import * as z from 'zod';
import { FoxError } from '../../core/errors.ts';
import { dockerHub } from '../../core/image-reference.ts';
import { Transient } from './patience.ts';

/** What a request is for: a repository, and what is to be done there. */
export interface Access {
  readonly repository: string;
  readonly action: 'pull' | 'push';
  /** A further repository that is only read: where a blob is to be mounted from. */
  readonly from?: string;
}

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

const answerErrors = z.object({
  errors: z.array(z.object({ code: z.string().nullish(), message: z.string().nullish() })),
});

/** What a registry says is wrong. */
export interface AnswerError {
  /** The protocol's word for the first error, e.g. `DIGEST_INVALID`; `''` if it gives none. */
  readonly code: string;
  /** For people; at most some lines. */
  readonly lines: readonly string[];
}

/** Reads the body of an answer that is an error. */
export function readAnswerError(body: string): AnswerError {
  const parsed = answerErrors.safeParse(parseJson(body));
  if (parsed.success) {
    const lines = parsed.data.errors.map(({ code, message }) => printable(`${code ?? ''}: ${message ?? ''}`));
    return { code: parsed.data.errors[0]?.code ?? '', lines: lines.slice(0, 5) };
  }
  const [line = ''] = body.trim().split('\n');
  return { code: '', lines: line === '' || line.startsWith('<') ? [] : [printable(line)] };
}

/** An error that a registry answered with, which another attempt wouldn't change. */
export class AnswerFailure extends FoxError {
  /** HTTP status. */
  readonly status: number;
  /** The protocol's word, e.g. `BLOB_UPLOAD_INVALID`; `''` if there is none. */
  readonly reason: string;

  constructor(host: string, what: string, status: number, { code, lines }: AnswerError) {
    const hints =
      status === 404 ? ['Some registries want a repository to be made before the first push.'] : [];
    super('REGISTRY_ERROR', `the registry ${host} can't ${what}: ${meaningOf(status)}`, {
      details: lines,
      hints,
    });
    this.status = status;
    this.reason = code;
  }
}

/** The error for a status of 400 or more, other than 401 and 403. Transient if it is worth another attempt. */
export function answerError(
  host: string,
  access: Access,
  status: number,
  body: string,
  retryAfterMs: number,
): FoxError | Transient {
  const failure = new AnswerFailure(host, whatFor(access), status, readAnswerError(body));
  const isTransient = status === 429 || (status >= 500 && status !== 501);
  return isTransient ? new Transient(failure, retryAfterMs) : failure;
}

function meaningOf(status: number): string {
  if (status === 404) return 'there is no such repository, or something that it needs is missing there (404)';
  if (status === 405) return 'it does not allow that (405)';
  if (status === 413) return 'it is larger than the registry accepts (413)';
  if (status === 429) return 'too many requests (429)';
  return status >= 500 ? `it failed (${status})` : `it refuses the request (${status})`;
}

/** `push to acme/ui`, `pull acme/ui`. */
export function whatFor({ action, repository }: Access): string {
  return action === 'push' ? `push to ${repository}` : `pull ${repository}`;
}

/**
 * The error for 401 and 403. `origin` says where the credentials are from that were shown; absent: none were.
 */
export function denied(
  host: string,
  access: Access,
  origin: string | undefined,
  lines: readonly string[] = [],
): FoxError {
  const what = whatFor(access);
  const mayBeMissing = access.action === 'pull' ? ', or it does not exist' : '';
  const message =
    origin === undefined
      ? `the registry ${host} wants credentials to ${what}${mayBeMissing}; there are none for it on this machine`
      : `the registry ${host} doesn't let the credentials of ${origin} ${what}${mayBeMissing}`;
  const login = host === dockerHub ? 'docker login' : `docker login ${host}`;
  return new FoxError('REGISTRY_DENIED', message, {
    details: lines,
    hints: [
      `Log in: \`${login}\`, or with Podman or Skopeo: \`skopeo login ${host}\`.`,
      ...(origin === undefined ? [] : [`Check that this user may ${what}.`]),
    ],
  });
}

/** What was got isn't what was asked for. */
export function mismatch(host: string, what: string, why: string): FoxError {
  return new FoxError('REGISTRY_ERROR', `the registry ${host} gave something else than ${what}: ${why}`, {
    hints: ['Run the command again. If it fails in the same way, the registry is damaged.'],
  });
}

/** Without control characters, which could play tricks on a terminal. */
function printable(text: string): string {
  return text
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 300);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
