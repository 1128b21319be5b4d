// Why a pod isn't ready or can't even be made, from what Kubernetes says of it; and whether waiting may help.
import type { V1Deployment, V1Pod } from '@kubernetes/client-node';
import type { Cause } from './cause.ts';
import { containerCause, containersOf } from '../objects/pod-container.ts';

/** Why a pod isn't ready; undefined for one that is, and for one that just hasn't come so far. */
export function podCause(pod: V1Pod): Cause | undefined {
  const conditionOf = (wanted: string) => pod.status?.conditions?.find(({ type }) => type === wanted);
  const ready = conditionOf('Ready');
  if (ready?.status === 'True') return undefined;
  return (
    evictionCause(pod) ??
    schedulingCause(conditionOf('PodScheduled')) ??
    runningCause(pod, ready?.message) ??
    nodeCause(pod, conditionOf('ContainersReady')?.status)
  );
}

/** Why a Deployment gets no pods or gives up; undefined if it doesn't say so. */
export function deploymentCause({ status }: V1Deployment): Cause | undefined {
  const conditionOf = (wanted: string) => status?.conditions?.find(({ type }) => type === wanted);
  const failure = conditionOf('ReplicaFailure');
  if (failure?.status === 'True') return refusalCause(failure.message ?? failure.reason ?? '');
  const progressing = conditionOf('Progressing');
  if (progressing?.reason !== 'ProgressDeadlineExceeded') return undefined;
  const text = 'it made no progress within the time that its Deployment allows';
  return { kind: 'deadline', text, final: true };
}

/** The cluster's rules, in their own words, without the name of the pod that they were asked about. */
function refusalCause(message: string): Cause {
  const why = message.replace(/^pods "[^"]*" is forbidden: /, '').replace(/^Error creating: /, '');
  const text = `the cluster makes no pod for it: ${why}`;
  if (/exceeded quota/.test(why)) return { kind: 'quota', text, final: true };
  if (/error looking up service account/.test(why)) return { kind: 'settings', text, final: true };
  const passes =
    /failed calling webhook|timeout|timed out|connection refused|etcdserver|too many requests|try again/i;
  return { kind: 'admission', text, final: !passes.test(why) };
}

interface Condition {
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

function evictionCause({ status }: V1Pod): Cause | undefined {
  const disrupted = status?.conditions?.find(({ type }) => type === 'DisruptionTarget');
  const { reason, message } = status?.phase === 'Failed' ? status : (disrupted ?? {});
  if (status?.phase !== 'Failed' && disrupted?.status !== 'True') return undefined;
  // Without a reason its containers tell how it failed.
  if (reason === undefined) return undefined;
  return {
    kind: 'node',
    text: `its pod was ended (${reason}): ${message ?? 'no reason given'}`,
    final: false,
  };
}

function schedulingCause(scheduled: Condition | undefined): Cause | undefined {
  if (scheduled?.status !== 'False') return undefined;
  const { reason = 'not scheduled', message } = scheduled;
  // What preempting others would bring is of interest only where there are priorities.
  const why = message?.replace(/(?: no new claims to deallocate,)? preemption: .*$/s, '');
  // An autoscaler may bring a node that takes it.
  return { kind: 'scheduling', text: `no node takes its pod: ${why ?? reason}`, final: false };
}

function runningCause(pod: V1Pod, readiness: string | undefined): Cause | undefined {
  const containers = containersOf(pod);
  const told = readiness?.startsWith('containers with un') === true ? undefined : readiness;
  const causes = containers
    .filter(({ role, status }) => !status.ready || role === 'init')
    .flatMap((each) => containerCause(each) ?? []);
  const worst = causes.find(({ final }) => final) ?? causes[0];
  const runs = containers.some(({ role, status }) => role === 'main' && status.state?.running !== undefined);
  if (worst?.final === true || told === undefined || (!runs && worst !== undefined)) return worst;
  const main = containers.find(({ role }) => role === 'main')?.name;
  return { kind: 'unready', text: told, final: false, ...(main === undefined ? {} : { container: main }) };
}

/** All containers are ready and the pod isn't: then its node was lost, or somebody else's word is missing. */
function nodeCause({ spec, status }: V1Pod, containersReady: string | undefined): Cause | undefined {
  const lost =
    status?.reason === 'NodeLost' || status?.conditions?.some(({ status: is }) => is === 'Unknown');
  if (lost !== true && (containersReady !== 'True' || (spec?.readinessGates ?? []).length > 0))
    return undefined;
  return { kind: 'node', text: `its node ${spec?.nodeName ?? ''} doesn't answer`, final: false };
}
