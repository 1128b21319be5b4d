// Translates what registries answer into errors that say which registry, what for, why and what to try.
import * as z from 'zod';
import { FoxError } from '../../core/errors.ts';
import { dockerHub } from '../../core/version/image-reference.ts';
import { Transient } from './patience.ts';

/** What is done to look something up in a repository. */
export function lookUpAccess(repository: string, forPush = false): Access {
  return { repository, action: forPush ? 'push' : 'pull' };
}

/** What a request is for: a repository, and what is to be done there. */
export interface Access {
  readonly repository: string;
  readonly action: 'pull' | 'push' | 'delete';
  /** A further repository that is only read: where a blob is to be mounted from. */
  readonly from?: string;
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
    super('REGISTRY_ERROR', `can't ${what} at the registry ${host}: ${meaningOf(status)}`, {
      details: lines,
      hints: hintsFor(status),
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

function hintsFor(status: number): string[] {
  if (status === 404) return ['Some registries want a repository to be made before the first push.'];
  if (status === 413)
    return [
      'A proxy before the registry may limit requests; else fewer or smaller files make the image smaller.',
    ];
  if (status === 507)
    return ['Whoever runs the registry must give it more space, or delete what nobody needs.'];
  return status >= 500 ? ['Run the command again later: what has arrived is not sent again.'] : [];
}

function meaningOf(status: number): string {
  if (status === 404) return 'there is no such repository, or something that it needs is missing there (404)';
  if (status === 405) return 'it does not allow that (405)';
  if (status === 413) return 'it is larger than the registry accepts (413)';
  if (status === 429) return 'too many requests (429)';
  if (status === 507) return 'it has no space left (507)';
  return status >= 500 ? `it failed (${status})` : `it refuses the request (${status})`;
}

/** `push to acme/ui`, `pull acme/ui`. */
export function whatFor({ action, repository }: Access): string {
  return action === 'pull' ? `pull ${repository}` : `push to ${repository}`;
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

/** What answers is a portal, a login page or another web server. */
export function notRegistry(host: string): FoxError {
  return new FoxError('REGISTRY_ERROR', `what answers at ${host} is no registry: it sends a web page`, {
    hints: [
      `Check the name in \`registry\`; a proxy or a login page may stand before it: \`curl -i ${host}/v2/\`.`,
    ],
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
