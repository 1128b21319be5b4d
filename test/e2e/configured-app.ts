// An app whose components say what they were told: variables of their process, and of the request.
import { ApiClient } from '../../src/cluster/api/api-client.ts';
import { openTransport } from '../../src/cluster/api/transport.ts';
import { readConnection } from '../../src/cluster/connection/embedded-kubeconfig.ts';
import type { OpenResult } from '../../src/actions/open.ts';
import type { SmallApp } from './small-app.ts';

/** What a component answers. */
export interface Told {
  readonly component: string;
  /** Variables of its process, by name. */
  readonly process: Readonly<Record<string, string>>;
  /** What the request brought. */
  readonly request: Readonly<Record<string, unknown>>;
  readonly pid: number;
  /** What the component answered that it calls, if it calls one. */
  readonly callee?: Told;
}

/** Source of a server that tells the variables with these names, and asks the callee whose address it has. */
export function tellingServer(...names: readonly string[]): string {
  return `
const { env } = process;
const callee = Object.keys(env).find((name) => name.endsWith('_URL') && !name.startsWith('npm_'));
const server = require('http').createServer(async (request, response) => {
  const header = request.headers['x-fox-env'];
  const told = {
    component: env.FOX_COMPONENT,
    process: Object.fromEntries(${JSON.stringify(names)}.filter((name) => name in env).map((name) => [name, env[name]])),
    request: header === undefined ? {} : JSON.parse(Buffer.from(header, 'base64url')),
    pid: process.pid,
  };
  if (callee !== undefined) told.callee = await (await fetch(env[callee])).json();
  response.end(JSON.stringify(told));
});
process.on('SIGTERM', () => {
  server.close(() => process.exit());
  setInterval(() => server.closeIdleConnections(), 20);
});
server.listen(env.PORT);
`;
}

/** What a version in an environment answers. */
export async function toldBy(app: SmallApp, version: string, environment: string): Promise<Told> {
  const { url } = await app.json<OpenResult>('open', version, '-e', environment);
  const answer = await fetch(url);
  if (answer.status !== 200) throw new Error(`${url} answers ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Told;
}

/** The API of an app's embedded cluster; close it in the end. */
export async function clusterOf(app: SmallApp): Promise<{ client: ApiClient; close: () => void }> {
  const transport = openTransport(await readConnection(app.sandbox.path(app.cwd, '.fox/cluster/kubeconfig')));
  return { client: new ApiClient(transport.send, 'default'), close: () => transport.close() };
}
