// The context of the request that is being answered, and what a call for it must carry.
import { AsyncLocalStorage } from 'node:async_hooks';

/** Headers that go along with each call; undefined: the request had none. */
export type Context = Readonly<Record<ContextName, string | undefined>>;

const contextNames = ['baggage', 'traceparent', 'tracestate', 'x-request-id'] as const;
type ContextName = (typeof contextNames)[number];

/** By the request that is being answered, through awaits, timers and events. */
export const contexts = new AsyncLocalStorage<Context>();

/** The context that a request's headers carry. */
export function contextOf(headers: Readonly<Record<string, string | string[] | undefined>>): Context {
  const valueOf = (name: ContextName) => {
    const value = headers[name];
    return Array.isArray(value) ? value.join(',') : value;
  };
  return {
    baggage: valueOf('baggage'),
    traceparent: valueOf('traceparent'),
    tracestate: valueOf('tracestate'),
    'x-request-id': valueOf('x-request-id'),
  };
}

/**
 * The headers, by name, that a call lacks to belong to a request. What the call has counts more: a `traceparent` of a
 * tracer stays, with its `tracestate`; to its baggage only members are added that it lacks.
 * @param own tells the value that a header of the call has.
 */
export function lackingHeaders(
  context: Context,
  own: (lowerName: string) => string | undefined,
): [name: string, value: string][] {
  const lacking: [string, string][] = [];
  const baggage = joinBaggage(own('baggage'), context.baggage);
  if (baggage !== undefined) lacking.push(['baggage', baggage]);
  if (context.traceparent !== undefined && own('traceparent') === undefined) {
    lacking.push(['traceparent', context.traceparent]);
    if (context.tracestate !== undefined && own('tracestate') === undefined)
      lacking.push(['tracestate', context.tracestate]);
  }
  const id = context['x-request-id'];
  if (id !== undefined && own('x-request-id') === undefined) lacking.push(['x-request-id', id]);
  return lacking;
}

/** Undefined if `own` lacks nothing. Ours come first, as whoever cuts baggage cuts at its end. */
function joinBaggage(own: string | undefined, ours: string | undefined): string | undefined {
  if (ours === undefined) return undefined;
  if (own === undefined || own.trim() === '') return ours;
  const theirs = new Map(membersOf(own));
  const members = membersOf(ours);
  // A call for another request, which is answered elsewhere, is that one's with all that belongs to it.
  const isOther = members.some(
    ([key, member]) => contextKeys.has(key) && (theirs.get(key) ?? member) !== member,
  );
  const added = isOther ? [] : members.filter(([key]) => !theirs.has(key)).map(([, member]) => member);
  return added.length === 0 ? undefined : [...added, own].join(',');
}

/** What says of a version and its virtual environment that they are meant. */
const contextKeys: ReadonlySet<string> = new Set(['kf-dep', 'kf-ve']);

function membersOf(baggage: string): [key: string, member: string][] {
  return baggage
    .split(',')
    .map((member): [string, string] => [(member.split('=', 1)[0] ?? '').trim(), member.trim()])
    .filter(([key]) => key !== '');
}
