// What a pod is to the router: a workload's endpoint, and a caller.
import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import { annotation, label } from '../../core/labels.ts';
import { workloadKey } from '../../core/version/workload.ts';

/** A pod of a workload. */
export interface RoutedPod {
  readonly name: string;
  readonly app: string;
  readonly component: string;
  /** Workload key. */
  readonly workload: string;
  /** It isn't ending, nor has it ended. */
  readonly isAlive: boolean;
  /** Base URL by which it can be called; undefined while it isn't ready. */
  readonly origin?: string;
  readonly uid: string;
  /** Components that it may call. */
  readonly calls: readonly string[];
  /** Addresses that are its own; none on the host's network, which it shares. */
  readonly addresses: readonly string[];
  /** When it was started, in ms since 1970. */
  readonly since: number;
  /** A process of it runs; also while it is ending. */
  readonly mayCall: boolean;
  /** Seconds that its end may take, counted from its beginning; undefined while it isn't ending. */
  readonly graceSeconds?: number;
  /** On the embedded cluster: the loopback port by which its workload calls each callee. */
  readonly callPorts: ReadonlyMap<string, number>;
  /** What of it can't be read. */
  readonly damage?: string;
}

/** The pod of an object; undefined if it isn't one of fox's. */
export function readRoutedPod({ metadata = {}, spec, status }: V1Pod): RoutedPod | undefined {
  const { labels = {}, annotations = {} } = metadata;
  const { [label.app]: app, [label.component]: component, [label.hash]: hash } = labels;
  if (metadata.name === undefined || app === undefined || component === undefined || hash === undefined)
    return undefined;
  const hasEnded = status?.phase === 'Succeeded' || status?.phase === 'Failed';
  const isAlive = metadata.deletionTimestamp === undefined && !hasEnded;
  const isReady =
    status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ??
    false;
  const address = status?.podIP;
  const port = portOf(component, annotations[annotation.port], spec);
  const callPorts = readCallPorts(annotations[annotation.callPorts]);
  const isReachable = isAlive && isReady && address !== undefined && isPort(port);
  return {
    name: metadata.name,
    app,
    component,
    workload: workloadKey({ app, component, hash }),
    isAlive,
    ...(isReachable ? { origin: `http://${address.includes(':') ? `[${address}]` : address}:${port}` } : {}),
    uid: metadata.uid ?? metadata.name,
    calls: (annotations[annotation.calls] ?? '').split(',').filter((each) => each !== ''),
    addresses: spec?.hostNetwork === true ? [] : addressesOf(status),
    since: Date.parse(String(status?.startTime ?? metadata.creationTimestamp ?? '')) || 0,
    mayCall: !hasEnded && hasRunningContainer(status),
    ...(metadata.deletionTimestamp === undefined
      ? {}
      : { graceSeconds: metadata.deletionGracePeriodSeconds ?? 0 }),
    callPorts: callPorts ?? new Map(),
    ...(callPorts === undefined
      ? { damage: `its annotation ${annotation.callPorts} is not an object of ports` }
      : {}),
  };
}

/** On the embedded cluster its own, else that which the component's container has; others may stand beside that one. */
function portOf(component: string, own: string | undefined, spec: V1Pod['spec']): number | undefined {
  if (own !== undefined) return Number(own);
  const containers = spec?.containers ?? [];
  const container = containers.find(({ name }) => name === component) ?? containers[0];
  const ports = container?.ports ?? [];
  return (ports.find(({ name }) => name === 'http') ?? ports[0])?.containerPort;
}

function addressesOf(status: V1Pod['status']): string[] {
  const all = [status?.podIP, ...(status?.podIPs ?? []).map(({ ip }) => ip)];
  return [...new Set(all.filter((each): each is string => each !== undefined && each !== ''))];
}

/** A pod none of whose containers runs has maybe given its address back already. */
function hasRunningContainer(status: V1Pod['status']): boolean {
  const containers: readonly V1ContainerStatus[] = [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ];
  return containers.length === 0 || containers.some(({ state }) => state?.running !== undefined);
}

/** Call ports of an annotation; undefined if it isn't an object of ports. */
function readCallPorts(text = '{}'): Map<string, number> | undefined {
  try {
    const ports = Object.entries(JSON.parse(text) as object);
    return ports.every((entry): entry is [string, number] => isPort(entry[1])) ? new Map(ports) : undefined;
  } catch {
    return undefined;
  }
}

function isPort(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536;
}
