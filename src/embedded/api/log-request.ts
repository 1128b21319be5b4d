// Requests for a pod's log: the query's options, and the stream of what the log's keeper gives.
import { Readable } from 'node:stream';
import type { KubeObject } from '../store/object-store.ts';
import { StatusError } from '../store/status-error.ts';
import type { LogOptions, PodLogs } from './pod-logs.ts';
import { Problems } from './problems.ts';
import { type ApiResponse, badRequest } from './request.ts';

/** Answers a request for a log. @throws StatusError 400, 422; 503 when nobody keeps logs. */
export async function readLog(
  pod: KubeObject,
  logs: PodLogs | undefined,
  query: URLSearchParams,
  signal: AbortSignal,
): Promise<ApiResponse> {
  const container = containerOf(pod, query.get('container') ?? '');
  const options = { container, ...logOptions(pod, query) };
  if (logs === undefined) {
    const message = 'the embedded cluster is stopped: start it to read the logs of its pods';
    throw new StatusError(503, 'ServiceUnavailable', message);
  }
  const content = logs.read(pod.metadata.uid, options, signal);
  // Whether there was an earlier run shows at the first read; an answer that has begun can't be a refusal any more.
  const checked = options.previous ? await begun(content, pod) : content;
  const body = checked instanceof Readable ? checked : Readable.from(checked, { objectMode: false });
  return { status: 200, headers: { 'content-type': 'text/plain' }, body };
}

/** The content, when its first part has been read. */
async function begun(
  content: AsyncIterable<Uint8Array>,
  { metadata }: KubeObject,
): Promise<AsyncIterable<Uint8Array>> {
  const iterator = content[Symbol.asyncIterator]();
  const first = await iterator.next().catch((error: unknown) => {
    if (!(error instanceof StatusError)) throw error;
    // Who keeps logs knows pods by uid, people by name.
    throw new StatusError(error.code, error.reason, error.message.replace(metadata.uid, metadata.name));
  });
  return (async function* rest() {
    try {
      for (let next = first; next.done !== true; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  })();
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
