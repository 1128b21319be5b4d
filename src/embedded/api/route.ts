// Paths of the API: which collection, object or part of an object one leads to.
import { findKind, kinds } from './kinds.ts';
import type { Kind } from './kind.ts';
import { badRequest, noSuchPath, notImplemented } from './request.ts';

/** Where a path leads. */
export interface Route {
  readonly kind: Kind;
  /** Absent: all namespaces, or a kind without. */
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
}

/** Parts of objects that Kubernetes has and the embedded cluster hasn't. */
const absentSubresources: Readonly<Record<string, string>> = {
  exec: 'exec',
  attach: 'attach',
  portforward: 'port-forward (every pod listens on 127.0.0.1 already)',
  proxy: 'proxy',
  eviction: 'eviction',
  binding: 'binding: it runs every pod itself',
  ephemeralcontainers: 'ephemeral containers',
  token: 'tokens of ServiceAccounts',
};

/** Finds what a path leads to. @throws StatusError 400, 404 or 501. */
export function parseRoute(path: string): Route {
  const [root, ...segments] = path
    .split('/')
    .filter((segment) => segment !== '')
    .map(decode);
  const prefix = root === 'api' ? ['', ...segments.splice(0, 1)] : segments.splice(0, 2);
  const [group, version] = prefix;
  if ((root !== 'api' && root !== 'apis') || group === undefined || version === undefined) throw noSuchPath();
  const [first, second, ...rest] = segments;
  if (first === 'namespaces' && second !== undefined && isCollectionInside(rest[0])) {
    return route(group, version, rest, second);
  }
  return route(group, version, segments);
}

/** `namespaces/x/status` is a part of the namespace, `namespaces/x/pods` a collection in it. */
function isCollectionInside(segment: string | undefined): boolean {
  return segment !== undefined && segment !== 'status' && segment !== 'finalize';
}

function route(group: string, version: string, segments: readonly string[], namespace?: string): Route {
  const [resource = '', name, subresource, ...tooMany] = segments;
  const kind = findKind(group, version, resource);
  if (kind === undefined) {
    const known = kinds.some((one) => one.group === group && one.version === version);
    throw noSuchPath(
      `the embedded cluster has no ${resource}${known ? '' : ` in ${group === '' ? 'the core API' : group} ${version}`}`,
    );
  }
  if (kind.namespaced === (namespace === undefined) && name !== undefined) throw noSuchPath();
  if (!kind.namespaced && namespace !== undefined) throw noSuchPath();
  if (tooMany.length > 0) throw noSuchPath();
  if (subresource !== undefined && !kind.subresources.some((one) => one === subresource)) {
    const absent = Object.hasOwn(absentSubresources, subresource)
      ? absentSubresources[subresource]
      : undefined;
    throw absent === undefined ? noSuchPath() : notImplemented(absent);
  }
  return {
    kind,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
  };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw badRequest(`the path has a malformed escape: ${segment}`);
  }
}
