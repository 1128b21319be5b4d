// What a pod is to the router: a workload's endpoint, and a caller.
import type { V1Pod } from '@kubernetes/client-node';
import { annotation, label } from '../core/labels.ts';
import { workloadKey } from '../core/workload.ts';

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
  const port = annotations[annotation.port] ?? spec?.containers[0]?.ports?.[0]?.containerPort;
  const address = status?.podIP;
  const callPorts = readCallPorts(annotations[annotation.callPorts]);
  const isReachable =
    isAlive && isReady && address !== undefined && port !== undefined && isPort(Number(port));
  return {
    name: metadata.name,
    app,
    component,
    workload: workloadKey({ app, component, hash }),
    isAlive,
    ...(isReachable ? { origin: `http://${address.includes(':') ? `[${address}]` : address}:${port}` } : {}),
    callPorts: callPorts ?? new Map(),
    ...(callPorts === undefined
      ? { damage: `its annotation ${annotation.callPorts} is not an object of ports` }
      : {}),
  };
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
