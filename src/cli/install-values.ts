// What the options of `fox install` may be: refused here, before anything is asked of a cluster.
import { isNamespace } from '../core/cluster-names.ts';
import { FoxError } from '../core/errors.ts';
import { parseReference } from '../core/version/image-reference.ts';
import { parseCount } from './options.ts';

/** As Kubernetes wants hosts to be: lower-case, the first part may be a `*`. */
const hostPattern = /^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
/** Most characters of a host's name, and of the name of an object. */
const longestName = 253;

/** How many routers: none would leave the apps unreachable. @throws FoxError USAGE. */
export function parseReplicas(text: string): number {
  const replicas = parseCount(text);
  if (replicas > 0) return replicas;
  throw new FoxError('USAGE', 'at least one router is needed', {
    hints: ['`fox uninstall --router-only` removes the routers.'],
  });
}

/** A host of an Ingress or an HTTPRoute. @throws FoxError USAGE. */
export function parseHost(text: string): string {
  if (isHost(text) && !isAddress(text)) return text;
  throw new FoxError('USAGE', `"${text}" can't be the name of a host`, {
    hints: ['Write it in lower case without scheme, port and path: orders.example.com or *.example.com.'],
  });
}

/** A Gateway's name, maybe with its namespace. @throws FoxError USAGE. */
export function parseGateway(text: string): string {
  const [name = '', namespace, ...more] = text.split('/').toReversed();
  const isName = isHost(name) && !name.startsWith('*');
  if (isName && (namespace === undefined || isNamespace(namespace)) && more.length === 0) return text;
  throw new FoxError('USAGE', `"${text}" can't be the name of a Gateway`, {
    hints: ['Write <name> or <namespace>/<name>.'],
  });
}

/** A URL that paths are appended to, without a slash at its end. @throws FoxError USAGE. */
export function parseBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isWeb = url !== undefined && /^https?:\/\/[^/]/i.test(text);
  if (isWeb && url.search === '' && url.hash === '') return text.replace(/\/+$/, '');
  throw new FoxError('USAGE', `"${text}" is no base URL`, {
    hints: ['Write it as https://orders.example.com.'],
  });
}

/** The name of an image. @throws FoxError USAGE. */
export function parseImage(text: string): string {
  try {
    parseReference(text);
    return text;
  } catch (error) {
    if (!(error instanceof FoxError)) throw error;
    throw new FoxError('USAGE', error.message, { hints: error.hints, cause: error });
  }
}

function isHost(text: string): boolean {
  const parts = text.split('.');
  return text.length <= longestName && parts.every((part) => part.length <= 63) && hostPattern.test(text);
}

/** Kubernetes takes no addresses for hosts. */
function isAddress(text: string): boolean {
  return /^[\d.]+$/.test(text);
}
