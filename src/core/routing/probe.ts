// Requests that are sent to see which components pass the context on: the edge takes their mark, and the context carries it along.
import type { Selectors } from './selector.ts';

/** The header by which a request from outside says that it is one: an id of 32 hex digits. */
export const probeHeader = 'kf-probe';

/** The id, which only counts beside a version that is asked for by name: so whoever may not ask for one can't send any. */
export function probeOf(
  header: string | readonly string[] | undefined,
  { deployment }: Pick<Selectors, 'deployment'>,
): string | undefined {
  if (deployment === undefined || typeof header !== 'string') return undefined;
  return isProbeId(header) ? header : undefined;
}

/** Whether a text can be the id of a probe; what can't is never passed on. */
export function isProbeId(text: string | undefined): text is string {
  return text !== undefined && /^[0-9a-f]{32}$/.test(text);
}
