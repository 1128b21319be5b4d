// Errors that the Kubernetes API answers with, from the Status objects in which it says so.
import { type ErrorCode, FoxError } from '../../core/errors.ts';

/** One of the causes of an error, as a Status lists them: a field and what is wrong with it. */
export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

const passingHint = 'Run the command again in a while: it goes on where it was.';

/** An error that the API answered with; 404 and 409 are often expected. */
export class ApiError extends FoxError {
  /** HTTP status. */
  readonly status: number;
  /** Kubernetes' word for it, e.g. `AlreadyExists`. */
  readonly reason: string;
  readonly causes: readonly StatusCause[];

  constructor(status: number, reason: string, message: string, causes: readonly StatusCause[] = []) {
    super(codeOf(status), `the cluster answered: ${message}`, status >= 500 ? { hints: [passingHint] } : {});
    this.status = status;
    this.reason = reason;
    this.causes = causes;
  }
}

function codeOf(status: number): ErrorCode {
  if (status === 409) return 'CONFLICT';
  if (status === 404) return 'NOT_FOUND';
  if (status === 403) return 'CLUSTER_FORBIDDEN';
  if (status === 503) return 'CLUSTER_UNREACHABLE';
  return 'CLUSTER_ERROR';
}

/** Whether an error is the API's answer with this HTTP status. */
export function isStatus(error: unknown, status: number): error is ApiError {
  return error instanceof ApiError && error.status === status;
}

/** What a JSON document of the API says; undefined if it is none. */
export function parseAnswer(body: string): unknown {
  try {
    const answer: unknown = JSON.parse(body);
    return typeof answer === 'object' && answer !== null ? answer : undefined;
  } catch {
    return undefined;
  }
}

/** The error for an answer that isn't JSON: of something on the way to the API, such as a proxy or a login page. */
export function wordlessError(text: string, status: number): ApiError {
  const [line = ''] = text.trim().split('\n');
  // What begins as JSON was cut off, and may be of a Secret.
  const isUnsaid = line === '' || line.startsWith('<') || line.startsWith('{');
  const said = isUnsaid ? 'nothing that a Kubernetes API says' : line.slice(0, 200);
  return new ApiError(status, 'Unknown', `HTTP status ${status}: ${said}`);
}

/** The error for an answer with an HTTP status of 400 or more. */
export function answeredError(text: string, status: number): ApiError {
  const answer = parseAnswer(text);
  return answer === undefined ? wordlessError(text, status) : statusError(answer, status);
}

/** The error of a Status object. */
export function statusError(status: unknown, fallback: number): ApiError {
  const { code, reason, message, details } = status as {
    code?: number;
    reason?: string;
    message?: string;
    details?: { causes?: StatusCause[] };
  };
  const text = message ?? `HTTP status ${code ?? fallback}`;
  return new ApiError(code ?? fallback, reason ?? 'Unknown', text, details?.causes);
}
