// Which component a Host header names: the Service of each component has its name.

/** `api-server[:port]`, `api-server.orders`, `api-server.orders.svc[.cluster.local]` → `api-server`; undefined for other hosts. */
export function calleeOfHost(host: string, namespace: string): string | undefined {
  const name = host
    .replace(/:\d{1,5}$/, '')
    .replace(/\.$/, '')
    .toLowerCase();
  const [, component, where, rest] =
    /^([a-z](?:[-a-z0-9]*[a-z0-9])?)(?:\.([-a-z0-9]+)((?:\.[-a-z0-9]+)*))?$/.exec(name) ?? [];
  if (component === undefined) return undefined;
  if (where === undefined) return component;
  const isHere = where === namespace && (rest === '' || /^\.svc(?:\.|$)/.test(rest ?? ''));
  return isHere ? component : undefined;
}
