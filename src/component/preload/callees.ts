// Which calls are for other components of fox: only these carry a context, never one to the outside world.

/** Whether a request to a host (name or address) and port is for another component. */
export interface IsCallee {
  (host: string, port: string | number): boolean;
}

const addressOrOwn = /^(\[.*\]|[\d.]+|localhost)$/;

/**
 * Known by the variables that fox gives: `FOX_CALLS` names the callees, and each has its `<NAME>_URL`. Where that is a name
 * rather than an address, it means the component by whatever port.
 */
export function calleesOf(env: Readonly<Record<string, string | undefined>>): IsCallee {
  const places = new Set<string>();
  for (const callee of (env['FOX_CALLS'] ?? '').split(',').filter((each) => each !== '')) {
    const url = env[`${callee.toUpperCase().replaceAll('-', '_')}_URL`];
    if (url === undefined || !URL.canParse(url)) continue;
    const { protocol, hostname, port } = new URL(url);
    places.add(`${hostname}:${port === '' ? defaultPort(protocol) : port}`);
    if (!addressOrOwn.test(hostname)) places.add(hostname);
  }
  return (host, port) => {
    if (places.size === 0) return false;
    const name = host.toLowerCase();
    return places.has(name) || places.has(`${name}:${port}`);
  };
}

/** The port of a URL that names none. */
export function defaultPort(protocol: string): string {
  return protocol === 'https:' ? '443' : '80';
}
