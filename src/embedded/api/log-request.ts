// Requests for a pod's log: the query's options, and the stream of what the log's keeper gives.
import { Readable } from 'node:stream';
import type { KubeObject } from '../store/object-store.ts';
import { StatusError } from '../store/status-error.ts';
import type { LogOptions, PodLogs } from './pod-logs.ts';
import { Problems } from './problems.ts';
import { type ApiResponse, badRequest } from './request.ts';

/** Answers a request for a log. @throws StatusError 400, 422; 503 when nobody keeps logs. */
export function readLog(
  pod: KubeObject,
  logs: PodLogs | undefined,
  query: URLSearchParams,
  signal: AbortSignal,
): ApiResponse {
  const container = containerOf(pod, query.get('container') ?? '');
  const options = { container, ...logOptions(pod, query) };
  if (logs === undefined) {
    throw new StatusError(
      503,
      'ServiceUnavailable',
      'the embedded cluster is stopped: start it to read the logs of its pods',
    );
  }
  const content = logs.read(pod.metadata.uid, options, signal);
  const body = content instanceof Readable ? content : Readable.from(content, { objectMode: false });
  return { status: 200, headers: { 'content-type': 'text/plain' }, body };
}

function containerOf({ metadata, ...pod }: KubeObject, asked: string): string {
  const spec = pod['spec'] as { containers?: { name: string }[] } | undefined;
  const names = (spec?.containers ?? []).map(({ name }) => name);
  const [first = '', second] = names;
  if (asked === '') {
    if (second === undefined) return first;
    throw badRequest(
      `a container name must be specified for pod ${metadata.name}, choose one of: [${names.join(' ')}]`,
    );
  }
  if (!names.includes(asked)) throw badRequest(`container ${asked} is not valid for pod ${metadata.name}`);
  return asked;
}

function logOptions({ metadata }: KubeObject, query: URLSearchParams): LogOptions {
  const problems = new Problems();
  const tailLines = wholeNumber('tailLines', query, problems);
  const limitBytes = wholeNumber('limitBytes', query, problems);
  const sinceSeconds = wholeNumber('sinceSeconds', query, problems);
  if (limitBytes === 0) problems.invalid('limitBytes', 0, 'must be greater than 0');
  const sinceTime = query.get('sinceTime');
  const since = sinceTime === null ? undefined : Date.parse(sinceTime);
  if (Number.isNaN(since))
    throw badRequest(`sinceTime must be an RFC 3339 time, not ${JSON.stringify(sinceTime)}`);
  if (sinceSeconds !== undefined && since !== undefined) {
    problems.forbidden('sinceSeconds', 'at most one of `sinceTime` or `sinceSeconds` may be specified');
  }
  problems.throwIfAny({ kind: 'PodLogOptions', group: '' }, metadata.name);
  const from = sinceSeconds === undefined ? since : Date.now() - sinceSeconds * 1_000;
  return {
    follow: flag('follow', query),
    previous: flag('previous', query),
    timestamps: flag('timestamps', query),
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
    ...(from === undefined ? {} : { since: from }),
  };
}

function flag(name: string, query: URLSearchParams): boolean {
  const value = query.get(name);
  return value === 'true' || value === '1';
}

function wholeNumber(name: string, query: URLSearchParams, problems: Problems): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^-?\d+$/.test(text)) throw badRequest(`${name} must be an integer, not ${JSON.stringify(text)}`);
  const number = Number(text);
  if (number < 0) problems.invalid(name, number, 'must be greater than or equal to 0');
  return number;
}
