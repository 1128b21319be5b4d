// Pods with addresses of their own, and a router that knows callers by them, as on Kubernetes.
import { once } from 'node:events';
import { createServer, request, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { platform } from 'node:os';
import { text } from 'node:stream/consumers';
import type { Agent } from 'node:http';
import { annotation, label } from '../../src/core/labels.ts';
import type { VersionManifest } from '../../src/core/version/manifest.ts';
import { workloadsOf } from '../../src/core/version/workload.ts';
import type { Patience } from '../../src/router/patience.ts';
import { type Router, startRouter } from '../../src/router/start-router.ts';
import { closeServer, type World } from './router-world.ts';

/** Only there each 127.x.y.z is an address without further ado. */
export const hasManyLoopbacks = platform() === 'linux';

/** A router with its three ports. */
export interface RouterPod extends Router {
  readonly internal: string;
  readonly health: string;
}

/** Starts a router that takes itself for a pod. */
export async function startRouterPod(
  world: World,
  {
    id = 'test',
    drain = 0,
    patience = {},
  }: { id?: string; drain?: number; patience?: Partial<Patience> } = {},
): Promise<RouterPod> {
  const anyPort = { host: '127.0.0.1', port: 0 };
  const router = await startRouter({
    kubeconfig: await world.writeKubeconfig(),
    namespace: 'default',
    id,
    version: '1.2.3',
    edge: anyPort,
    kubernetes: { internal: anyPort, health: anyPort, podUid: `uid-of-${id}`, drain },
    log: (level, event, fields = {}) => world.log.push(JSON.stringify({ level, event, ...fields })),
    patience,
  });
  world.onEnd(async () => router.stop());
  const { internal, health } = router;
  if (internal === undefined || health === undefined) throw new Error('a router pod has three ports');
  return { ...router, internal, health };
}

/** A pod as the API tells of it. */
export interface AddressedPod {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly server: Server;
}

/** What may be special about a pod. */
export interface PodSketch {
  readonly address: string;
  readonly listener?: RequestListener;
  readonly isReady?: boolean;
  readonly hostNetwork?: boolean;
  /** RFC 3339. */
  readonly startTime?: string;
}

let pods = 0;

/** Runs a pod of a component at an address; the API tells of it once `tell` is called. */
export async function runAddressedPod(
  world: World,
  manifest: VersionManifest,
  component: string,
  sketch: PodSketch,
): Promise<AddressedPod & { tell(status?: object): void }> {
  const listener = sketch.listener ?? ((_, response) => response.end(`${component} of ${manifest.version}`));
  const server = createServer(listener).listen(0, sketch.address);
  await once(server, 'listening');
  world.onEnd(async () => closeServer(server));
  const { port } = server.address() as AddressInfo;
  const workload = workloadsOf(manifest, { name: 'dev', vars: {} }).get(component);
  if (workload === undefined) throw new Error(`no component ${component}`);
  const name = `${component}-${(pods += 1)}`;
  const tell = (status: object = {}) => {
    const running = { name: component, state: { running: { startedAt: '2026-01-01T00:00:01Z' } } };
    world.api.put('pods', {
      metadata: {
        name,
        labels: {
          [label.app]: manifest.app,
          [label.component]: component,
          [label.hash]: workload.hash.slice(0, 40),
        },
        annotations: { [annotation.calls]: workload.definition.template.calls.join(',') },
      },
      spec: {
        ...(sketch.hostNetwork === true ? { hostNetwork: true } : {}),
        containers: [{ name: component, ports: [{ name: 'http', containerPort: port }] }],
      },
      status: {
        podIP: sketch.address,
        podIPs: [{ ip: sketch.address }],
        phase: 'Running',
        startTime: sketch.startTime ?? '2026-01-01T00:00:00Z',
        containerStatuses: [running],
        conditions: [{ type: 'Ready', status: sketch.isReady === false ? 'False' : 'True' }],
        ...status,
      },
    });
  };
  return { name, address: sketch.address, port, server, tell };
}

/** What a call from an address came to. */
export interface CallAnswer {
  readonly status: number;
  readonly body: string;
}

/** Calls as a process in a pod would: from the pod's address, with the callee's name as the host. */
export async function callFrom(
  address: string,
  url: string,
  host: string,
  {
    agent,
    headers = {},
    path = '/',
  }: { agent?: Agent; headers?: Record<string, string>; path?: string } = {},
): Promise<CallAnswer> {
  const outgoing = request(new URL(path, url), {
    localAddress: address,
    headers: { ...headers, host },
    ...(agent === undefined ? { agent: false } : { agent }),
  });
  outgoing.end();
  const [response] = await once(outgoing, 'response');
  return { status: response.statusCode ?? 0, body: await text(response) };
}
