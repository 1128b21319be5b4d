// `fox proxy`: a port of this machine that leads to the router, wherever that runs.
import type { Server } from 'node:net';
import type { NamespaceState } from '../cluster/namespace.ts';
import { deploymentName } from '../core/names.ts';
import { type ClusterSession, withLiveCluster } from './session/cluster-session.ts';
import type { ActionContext, CommonOptions } from './context.ts';
import { proxyPort } from './session/edge-address.ts';
import { findVersion, requireEnvironment } from './lookup/lookup.ts';
import { byteProxy } from './proxy/byte-proxy.ts';
import { headerProxy } from './proxy/header-proxy.ts';
import { holdInfos } from './proxy/held-infos.ts';
import { listen } from './proxy/listen.ts';
import { ownSigner } from './proxy/own-signature.ts';
import { type DefaultSelectors, type Signer, withSelectors } from './proxy/selected-request.ts';
import { openUpstream, type UpstreamPath } from './proxy/upstream.ts';
import { withWorkspace, type Workspace } from './place/workspace.ts';

export interface ProxyOptions extends CommonOptions {
  /** Port of 127.0.0.1; 0: a free one. Default: 8080. */
  readonly port?: number;
  /** Added to requests that name no version. */
  readonly version?: string;
  /** Added to requests that name no virtual environment. */
  readonly virtualEnv?: string;
}

/** A proxy that takes connections. */
export interface ProxyResult {
  readonly schema: 'fox/v1';
  readonly kind: 'proxy';
  readonly url: string;
  readonly port: number;
  /** What is added to requests that name none. */
  readonly version?: string;
  readonly virtualEnv?: string;
}

/** Forwards until cancelled, which is no failure: nothing else ends it. @throws FoxError PORT_TAKEN, ROUTER_NOT_READY. */
export async function proxy(
  options: ProxyOptions,
  context: ActionContext,
  onListening: (result: ProxyResult) => void,
): Promise<void> {
  await withWorkspace(context, options, async (workspace) =>
    withLiveCluster(workspace, context, async (session) => {
      const selected = await selectedBy(options, workspace, session, context);
      const closers: (() => void)[] = [];
      try {
        const told = holdInfos(context.emit);
        const upstream = await openUpstream(session, { ...context, emit: told.emit });
        closers.push(upstream.close);
        const port = await serve(upstream, selected, options, context, closers);
        told.release();
        onListening(resultOf(port, selected.selectors));
        await Promise.race([upstream.ended, aborted(context.signal)]);
      } catch (error) {
        if (!context.signal.aborted) throw error;
      } finally {
        for (const close of closers.toReversed()) close();
      }
    }),
  );
}

function resultOf(port: number, { deployment, environment }: DefaultSelectors): ProxyResult {
  return {
    schema: 'fox/v1',
    kind: 'proxy',
    url: `http://127.0.0.1:${port}`,
    port,
    ...(deployment === undefined ? {} : { version: deployment }),
    ...(environment === undefined ? {} : { virtualEnv: environment }),
  };
}

/** What is added to requests. */
interface Selected {
  readonly selectors: DefaultSelectors;
  readonly signer?: Signer;
}

/** Refuses what doesn't exist, or can't be asked for, at once, instead of each request. */
async function selectedBy(
  { version, virtualEnv, ...options }: ProxyOptions,
  { app, defaultEnvironment }: Workspace,
  session: ClusterSession,
  context: ActionContext,
): Promise<Selected> {
  if (version === undefined && virtualEnv === undefined) return { selectors: {} };
  const state = await session.namespace.observe();
  if (virtualEnv !== undefined) requireEnvironment(state, virtualEnv);
  const selectors = {
    ...(version === undefined ? {} : { deployment: deploymentOf(state, app, version) }),
    ...(virtualEnv === undefined ? {} : { environment: virtualEnv }),
  };
  const signing = { ...options, defaultEnvironment };
  const signer = await ownSigner(session, virtualEnv ?? defaultEnvironment, state, signing, context);
  return { selectors, ...(signer === undefined ? {} : { signer }) };
}

function deploymentOf(state: NamespaceState, app: string, wanted: string): string {
  const { name } = findVersion(state, app, wanted);
  return state.versions.filter((each) => each.name === name).length > 1 ? deploymentName(app, name) : name;
}

/** Bytes as they are; where headers are to be added, HTTP in front of that. @returns the port that is listened on. */
async function serve(
  { open }: UpstreamPath,
  { selectors, signer }: Selected,
  { port = proxyPort }: ProxyOptions,
  { emit }: ActionContext,
  closers: (() => void)[],
): Promise<number> {
  const onFailure = (error: Error) => emit({ type: 'warning', text: error.message });
  const bytes = byteProxy(open, onFailure);
  const sockets = trackSockets(bytes);
  closers.push(
    () => bytes.close(),
    () => sockets.forEach((socket) => socket.destroy()),
  );
  if (Object.keys(selectors).length === 0) return listen(bytes, port);
  const inner = await listen(bytes, 0);
  const { server, agent } = headerProxy({ host: '127.0.0.1', port: inner }, (target, headers) =>
    withSelectors(target, headers, selectors, signer),
  );
  const outer = trackSockets(server);
  closers.push(
    () => agent.destroy(),
    () => server.close(),
    () => outer.forEach((socket) => socket.destroy()),
  );
  return listen(server, port);
}

/** Open connections of a server: they would keep it from closing. */
function trackSockets(server: Server): Set<{ destroy(): void }> {
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  return sockets;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
