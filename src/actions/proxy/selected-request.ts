// Adds a version and a virtual environment to requests that name none.
import { takeSelectors } from '../../core/selector.ts';

/** What is added. */
export interface DefaultSelectors {
  readonly deployment?: string;
  readonly environment?: string;
}

/**
 * Headers (name, value, name, value …) of a request, with `kf-dep` and `kf-ve` where neither its query nor its headers
 * have one. A request with selectors that can't be read is left as it is: the router says what is wrong.
 */
export function withSelectors(
  target: string,
  headers: readonly string[],
  { deployment, environment }: DefaultSelectors,
): string[] {
  const taken = takeSelectors(target, headers);
  if (!('selectors' in taken)) return [...headers];
  const { selectors } = taken;
  return [
    ...headers,
    ...(deployment === undefined || selectors.deployment !== undefined ? [] : ['kf-dep', deployment]),
    ...(environment === undefined || selectors.environment !== undefined ? [] : ['kf-ve', environment]),
  ];
}
