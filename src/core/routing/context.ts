// The context of a request, (version, virtual environment), and how it travels from hop to hop as W3C baggage.
import { badContext, type Problem } from './problem.ts';
import { isProbeId } from './probe.ts';
import { decodeSegment } from './rules/request-path.ts';

/** What is decided once, where a request enters, and kept on every hop. */
export interface Context {
  /** Version of an app as one word: `order-app-v1`. */
  readonly deployment: string;
  readonly environment: string;
  /** It stands for several that run the same from here down; which of them the request belongs to can't be told. */
  readonly shared?: true;
}

/** Limits of W3C baggage, which everybody along the way may apply: bytes and members of the whole header. */
const maxBytes = 8192;
const maxMembers = 64;

const deploymentKey = 'kf-dep';
const environmentKey = 'kf-ve';
const deadlineKey = 'kf-deadline';
const probeKey = 'kf-probe';
/** Whatever begins so is fox's. */
const ownPrefix = 'kf-';
const ownKeys: ReadonlySet<string> = new Set([deploymentKey, environmentKey, deadlineKey, probeKey]);
/** Nobody on the way decodes a key more often. */
const mostDecoded = 3;
/** Property of the deployment's member. */
const sharedMark = 'shared';

/** What else goes along with a request from hop to hop. */
export interface Marks {
  /** When the response must have begun, in ms since 1970. */
  readonly deadline?: number;
  /** It is sent to see who passes the context on: an id by which it is recognised. */
  readonly probe?: string;
}

/** Baggage, apart: ours, and everybody else's as it came. */
export interface Baggage extends Marks {
  readonly deployment?: string;
  readonly environment?: string;
  readonly shared?: true;
  /** The other members, byte for byte, in their order. */
  readonly others: readonly string[];
}

/**
 * Reads the values of all `baggage` headers of a request, in order.
 * A key of ours that is there twice with different values is a problem: one of them is wrong.
 */
export function readBaggage(values: readonly string[]): Baggage | Problem {
  const others: string[] = [];
  const ours = new Map<string, string>();
  let shared = false;
  for (const member of values.flatMap((value) => value.split(','))) {
    if (member.trim() === '') continue;
    const key = keyOf(member);
    if (!ownKeys.has(key)) {
      others.push(member);
      continue;
    }
    const [value = '', ...properties] = valueOf(member);
    shared ||= properties.includes(sharedMark);
    if (value === '') return badContext(`its baggage has an empty ${key}`);
    if ((ours.get(key) ?? value) !== value)
      return badContext(`its baggage has ${key} twice: ${ours.get(key)} and ${value}`);
    ours.set(key, value);
  }
  const deployment = ours.get(deploymentKey);
  const environment = ours.get(environmentKey);
  const deadline = Number(ours.get(deadlineKey));
  const probe = ours.get(probeKey);
  return {
    others,
    ...(Number.isSafeInteger(deadline) ? { deadline } : {}),
    ...(isProbeId(probe) ? { probe } : {}),
    ...(deployment === undefined ? {} : { deployment }),
    ...(environment === undefined ? {} : { environment }),
    ...(shared ? { shared } : {}),
  };
}

/** The other members of baggage that comes from outside: whatever it says under names of ours isn't believed, nor refused. */
export function outsideBaggage(values: readonly string[]): readonly string[] {
  return values
    .flatMap((value) => value.split(','))
    .filter((member) => member.trim() !== '' && !keyOf(member).startsWith(ownPrefix));
}

/** The context in baggage; undefined if there is none, a problem if there is half of one. */
export function contextOf({ deployment, environment, shared }: Baggage): Context | Problem | undefined {
  if (deployment !== undefined && environment !== undefined)
    return { deployment, environment, ...(shared ? { shared } : {}) };
  if (deployment === undefined && environment === undefined) return undefined;
  return badContext(`its baggage has ${deployment === undefined ? environmentKey : deploymentKey} alone`);
}

/**
 * The `baggage` header that carries a context (if there is one), marks and the other members; undefined if there is nothing to carry.
 * Ours come first: whoever cuts baggage cuts at its end. Members beyond W3C's limits are left out whole.
 */
export function writeBaggage(
  context: Context | undefined,
  others: readonly string[],
  { deadline, probe }: Marks = {},
): string | undefined {
  const members: string[] = [];
  if (context !== undefined) {
    const mark = context.shared ? `;${sharedMark}` : '';
    members.push(`${deploymentKey}=${context.deployment}${mark}`, `${environmentKey}=${context.environment}`);
  }
  if (deadline !== undefined) members.push(`${deadlineKey}=${deadline}`);
  if (probe !== undefined) members.push(`${probeKey}=${probe}`);
  let bytes = members.join(',').length;
  for (const other of others) {
    bytes += other.length + (members.length === 0 ? 0 : 1);
    if (bytes > maxBytes || members.length === maxMembers) break;
    members.push(other);
  }
  return members.length === 0 ? undefined : members.join(',');
}

/**
 * The key of a member as whoever passes baggage on may read it: OpenTelemetry percent-decodes keys and writes them anew, and so
 * would make `kf-dep` of `kf%2Ddep`.
 */
function keyOf(member: string): string {
  let key = member.slice(0, keyEnd(member)).trim();
  for (let round = 0; round < mostDecoded && /[%+]/.test(key); round++)
    key = decodeSegment(key.replaceAll('+', ' ')).trim();
  return key;
}

function keyEnd(member: string): number {
  const equals = member.indexOf('=');
  return equals === -1 ? member.length : equals;
}

/** The percent-decoded value and the properties of `key=value;property;…`. */
function valueOf(member: string): string[] {
  const [value = '', ...properties] = member.slice(keyEnd(member) + 1).split(';');
  return [decodeSegment(value.trim()), ...properties.map((property) => property.trim())];
}
