// Adds a version and a virtual environment to requests that name none, and a signature where that takes one.
import { takeSelectors } from '../../core/routing/selector.ts';
import type { Link } from '../../core/routing/signed-link.ts';

/** What is added. */
export interface DefaultSelectors {
  readonly deployment?: string;
  readonly environment?: string;
}

/** Signs for one virtual environment. */
export interface Signer {
  readonly environment: string;
  /** The value of `kf-sig`. */
  readonly sign: (link: Link) => string;
}

/**
 * Headers (name, value, name, value …) of a request, with `kf-dep` and `kf-ve` where neither its query nor its headers
 * have one, and signed where it then asks for the signer's environment. A request with selectors that can't be read is left
 * as it is: the router says what is wrong.
 */
export function withSelectors(
  target: string,
  headers: readonly string[],
  { deployment, environment }: DefaultSelectors,
  signer?: Signer,
): string[] {
  const taken = takeSelectors(target, headers);
  if (!('selectors' in taken)) return [...headers];
  const { selectors } = taken;
  const named = { deployment, environment, ...selectors };
  return [
    ...headers,
    ...(deployment === undefined || selectors.deployment !== undefined ? [] : ['kf-dep', deployment]),
    ...(environment === undefined || selectors.environment !== undefined ? [] : ['kf-ve', environment]),
    ...(signer === undefined || selectors.signature !== undefined ? [] : signatureHeader(named, signer)),
  ];
}

function signatureHeader(
  named: { deployment?: string | undefined; environment?: string | undefined },
  signer: Signer,
): string[] {
  const { deployment, environment = signer.environment } = named;
  if (environment !== signer.environment) return [];
  return ['kf-sig', signer.sign({ environment, ...(deployment === undefined ? {} : { deployment }) })];
}
