// A request to the API and its answer, whatever carries them: a socket, or a call in the same process.
import type { Readable } from 'node:stream';
import { StatusError } from '../store/status-error.ts';

/** One request. */
export interface ApiRequest {
  /** Upper case. */
  readonly method: string;
  /** Path with query. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  /** Aborts when the client is gone; ends watches and logs. */
  readonly signal: AbortSignal;
}

/** The answer; a stream goes on until it ends or is destroyed. */
export interface ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer | Readable;
}

/** Answers requests. Expected refusals are answers (Status objects); what it rejects with is a bug. */
export interface ApiHandler {
  (request: ApiRequest): Promise<ApiResponse>;
}

/** An answer with a JSON body. */
export function jsonResponse(status: number, body: unknown, contentType = 'application/json'): ApiResponse {
  return { status, headers: { 'content-type': contentType }, body: JSON.stringify(body) };
}

/** The answer for a refusal. */
export function statusResponse(error: StatusError): ApiResponse {
  const response = jsonResponse(error.code, error);
  const seconds = error.details.retryAfterSeconds;
  if (seconds === undefined) return response;
  return { ...response, headers: { ...response.headers, 'retry-after': String(seconds) } };
}

/** 400 with Kubernetes' reason. */
export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', message);
}

/** 404 for a path that leads nowhere. */
export function noSuchPath(message = 'the server could not find the requested resource'): StatusError {
  return new StatusError(404, 'NotFound', message);
}

/** 405 for a verb that the path doesn't have. */
export function methodNotAllowed(
  message = 'the server does not allow this method on the requested resource',
) {
  return new StatusError(405, 'MethodNotAllowed', message);
}

/** 501 for what Kubernetes has and the embedded cluster hasn't. */
export function notImplemented(what: string): StatusError {
  return new StatusError(501, 'NotImplemented', `the embedded cluster has no ${what}`);
}
