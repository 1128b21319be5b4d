// What a Kubernetes API server says of itself and of whoever asks, beside the objects of a namespace.
import { setTimeout as delay } from 'node:timers/promises';
import type { V1Namespace, VersionInfo } from '@kubernetes/client-node';
import { FoxError } from '../core/errors.ts';
import { type ApiRequest, type Transport, wholeText } from './api/transport.ts';

/** A server that answers. */
export interface ServerFacts {
  /** `v1.34.1` */
  readonly version: string;
  /** How far its clock is ahead of this machine's, in ms, to about a second. Absent if it doesn't tell. */
  readonly clockSkew?: number;
}

/** Asks the server who it is, and what time it is. @throws FoxError CLUSTER_… */
export async function serverFacts(send: Transport): Promise<ServerFacts> {
  const sent = Date.now();
  const { status, body, date } = await ask(send, { method: 'GET', path: '/version' });
  const middle = (sent + Date.now()) / 2;
  const gitVersion = status < 400 ? versionIn(body) : undefined;
  if (gitVersion === undefined) throw refused(`its version (status ${status})`);
  // The header has whole seconds: on average it is half of one late.
  return { version: gitVersion, ...(date === undefined ? {} : { clockSkew: date + 500 - middle }) };
}

function versionIn(body: string): string | undefined {
  try {
    return (JSON.parse(body) as Partial<VersionInfo> | null)?.gitVersion;
  } catch {
    // Whatever answers there, it is no Kubernetes API.
    return undefined;
  }
}

/** Whether a namespace is there: `Active`, `Terminating`, `missing`, or `unknown` to those who may not look at it. */
export async function namespacePhase(send: Transport, name: string): Promise<string> {
  const { status, body } = await ask(send, { method: 'GET', path: `/api/v1/namespaces/${name}` });
  if (status === 404) return 'missing';
  if (status === 403) return 'unknown';
  if (status >= 400) throw refused(`namespace ${name} (status ${status})`);
  return (JSON.parse(body) as V1Namespace).status?.phase ?? 'Active';
}

/** The name by which the server knows whoever asks; undefined if it doesn't tell (before Kubernetes 1.28). */
export async function userName(send: Transport): Promise<string | undefined> {
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const { status, body } = await ask(send, { method: 'POST', path, body: JSON.stringify(review) });
  if (status >= 400) return undefined;
  return (JSON.parse(body) as { status?: { userInfo?: { username?: string } } }).status?.userInfo?.username;
}

/** A server that has too much to do is asked again so often. */
const busyRetries = 3;

async function ask(
  send: Transport,
  request: ApiRequest,
): Promise<{ status: number; body: string; date?: number }> {
  for (let tries = 0; ; tries++) {
    const { status, body, date, retryAfter } = await send(request);
    const text = await wholeText(body);
    if (status !== 429 || tries >= busyRetries)
      return { status, body: text, ...(date === undefined ? {} : { date }) };
    await delay((retryAfter ?? 1) * 1_000, undefined, { ref: false });
  }
}

function refused(what: string): FoxError {
  return new FoxError('CLUSTER_ERROR', `the cluster doesn't tell ${what}`, {
    hints: ['Something else than a Kubernetes API may answer at that address.'],
  });
}
