// The ports of a pod: the one that its process is given, and those by which it reaches what it calls.
import { urlVariable } from '../../core/version/app.ts';
import { annotation, label } from '../../core/labels.ts';
import { timeLimit } from '../../core/time-limit.ts';
import type { CallPortTable } from './call-ports.ts';
import type { NodeContext } from './node-context.ts';
import { namespaceOf, type Pod } from './pod.ts';
import { isFree, waitForListener } from './port-allocator.ts';

/** What a pod has, as variables and annotations. */
export interface PodPorts {
  readonly port: number;
  readonly calls: CallPortTable;
}

/** Who owns a pod's port. */
export function portOwner(pod: Pod): string {
  return `pod ${pod.metadata.uid}`;
}

/** The port that a pod was given before, if its annotation holds one. */
export function rememberedPort(pod: Pod): number | undefined {
  const port = Number(pod.metadata.annotations?.[annotation.port]);
  return Number.isInteger(port) && port >= 1024 && port <= 65_535 ? port : undefined;
}

/** Identifies the workload of a pod: pods of one workload share their call ports. */
export function workloadOf(pod: Pod): string {
  const { uid, labels = {} } = pod.metadata;
  const { [label.app]: app, [label.component]: component, [label.hash]: hash } = labels;
  const parts = hash === undefined ? ['pod', uid] : [app, component, hash];
  return [namespaceOf(pod), ...parts].join('/');
}

/** Names of the components that a pod may call. */
export function calleesOf(pod: Pod): string[] {
  const names = (pod.metadata.annotations?.[annotation.calls] ?? '').split(',');
  return names.map((name) => name.trim()).filter((name) => name !== '');
}

/** Reserves a pod's ports: those it had before, as long as nobody else has taken them. */
export async function obtainPorts(node: NodeContext, pod: Pod): Promise<PodPorts> {
  const owner = portOwner(pod);
  const before = rememberedPort(pod);
  const kept = before !== undefined && (await node.ports.claim(before, owner));
  const port = kept ? before : await node.ports.choose(owner);
  if (before !== undefined && !kept) node.ports.release(before, owner);
  return { port, calls: await node.callPorts.obtain(workloadOf(pod), calleesOf(pod)) };
}

/** The port for the pod's next process: the same, or a new one when a stranger has taken it meanwhile. */
export async function freshPort(node: NodeContext, pod: Pod, port: number): Promise<number> {
  if (await isFree(port)) return port;
  const owner = portOwner(pod);
  node.ports.release(port, owner);
  const chosen = await node.ports.choose(owner);
  node.record(
    pod,
    'Warning',
    'PortTaken',
    `port ${port} was taken by another process; PORT is ${chosen} now`,
  );
  return chosen;
}

/** The annotations by which routers learn of the ports. */
export function portAnnotations({ port, calls }: PodPorts): Record<string, string> {
  const callPorts = Object.keys(calls).length === 0 ? {} : { [annotation.callPorts]: JSON.stringify(calls) };
  return { [annotation.port]: String(port), ...callPorts };
}

/** The variables by which the process learns of them. */
export function portVariables({ port, calls }: PodPorts): Record<string, string> {
  const urls = Object.entries(calls).map(
    ([callee, at]) => [urlVariable(callee), `http://127.0.0.1:${at}`] as const,
  );
  return { PORT: String(port), ...Object.fromEntries(urls) };
}

/** Waits until the router listens on all call ports, so that the process's first call isn't refused; or says that it doesn't. */
export async function awaitCallPorts(
  node: NodeContext,
  pod: Pod,
  calls: CallPortTable,
  signal: AbortSignal,
): Promise<void> {
  if (node.callPortPatience <= 0) return;
  const patience = timeLimit(node.callPortPatience, signal);
  await Promise.all(
    Object.entries(calls).map(async ([callee, port]) => {
      if ((await waitForListener(port, patience)) || signal.aborted) return;
      const waited = `${node.callPortPatience / 1000} s`;
      const message = `the router doesn't listen on port ${port}, by which this pod calls ${callee}; started after ${waited} without it`;
      node.record(pod, 'Warning', 'CallPortNotReady', message);
    }),
  );
}
