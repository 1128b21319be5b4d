// What a config may say of a component's pods: settings that make a pod what it is, and settings of how many there are.
import type { Json } from './canonical.ts';

/** Settings that make a pod what it is. Each is in the template hash, but only where it is given. */
export interface PodSettings {
  readonly resources?: Resources;
  readonly probes?: Probes;
  /** Of its container; fox's defaults stand where it says nothing. */
  readonly securityContext?: SecurityContext;
  /** Labels that a node must have. */
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly Toleration[];
  /** What its pods are spread over. */
  readonly topologySpread?: readonly SpreadOver[];
  /** Seconds between SIGTERM and SIGKILL; absent: 30. */
  readonly terminationGracePeriod?: number;
  /** Name of a ServiceAccount that exists; absent: the namespace's default one, without its token. */
  readonly serviceAccount?: string;
  /** Variables whose values stand in Secrets and ConfigMaps that exist: `secret/<name>/<key>` or `configMap/<name>/<key>`. */
  readonly references?: Readonly<Record<string, string>>;
  /** Merged over what fox makes, by the rules of Kubernetes' strategic merge. */
  readonly podTemplate?: PodTemplateOverlay;
}

/** Amounts of cpu, memory and whatever else a node has, as Kubernetes writes them: `250m`, `128Mi`. */
export interface Resources {
  readonly requests?: Readonly<Record<string, string>>;
  readonly limits?: Readonly<Record<string, string>>;
}

/** How its health is asked for. What is absent has fox's defaults; without a path, a TCP connection is enough. */
export interface Probes {
  /** Its path is the component's health path. */
  readonly readiness?: Omit<ProbeSettings, 'path'>;
  /** Until it succeeds once, nothing else is asked. Absent: not asked. */
  readonly startup?: ProbeSettings;
  /** The container is started again where it fails. Absent: not asked. */
  readonly liveness?: ProbeSettings;
}

/** Times in seconds; `failures` in a row count as one. */
export interface ProbeSettings {
  readonly path?: string;
  readonly period?: number;
  readonly timeout?: number;
  readonly failures?: number;
}

/** A part of Kubernetes' security context of a container. */
export interface SecurityContext {
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly readOnlyRootFilesystem?: boolean;
  readonly allowPrivilegeEscalation?: boolean;
  readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
}

/** Kubernetes' toleration of a node's taint. */
export interface Toleration {
  readonly key?: string;
  readonly operator?: 'Exists' | 'Equal';
  readonly value?: string;
  readonly effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
}

/** What pods can be spread over. */
export const spreadOver = ['zone', 'node'] as const;
export type SpreadOver = (typeof spreadOver)[number];

/** A part of a pod template in Kubernetes' own words. */
export interface PodTemplateOverlay {
  readonly metadata?: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: { readonly [key: string]: Json };
}

/** Settings of how many pods there are, and how they come and go. In no hash: changing them keeps the workload. */
export interface WorkloadSettings {
  readonly autoscale?: Autoscale;
  readonly disruptionBudget?: DisruptionBudget;
  readonly maxSurge?: CountOrShare;
  readonly maxUnavailable?: CountOrShare;
}

/** A number of pods, or a share of them: `25%`. */
export type CountOrShare = number | string;

/** Between `min` and `max` pods, so that each uses about `cpu` percent of the CPU that it requests. */
export interface Autoscale {
  readonly min: number;
  readonly max: number;
  readonly cpu: number;
}

/** How many pods must stay, or may go, when nodes are emptied. One of the two. */
export interface DisruptionBudget {
  readonly minAvailable?: CountOrShare;
  readonly maxUnavailable?: CountOrShare;
}

/**
 * The settings of a workload that several versions use: it scales between the most that any of them asks for, so that
 * none gets less than it wants; of the rest, the newest version that says something counts.
 * @param wanted settings of the versions, oldest first.
 */
export function joinSettings(wanted: readonly (WorkloadSettings | undefined)[]): WorkloadSettings {
  const joined: { -readonly [Key in keyof WorkloadSettings]: WorkloadSettings[Key] } = {};
  for (const settings of wanted) {
    if (settings === undefined) continue;
    const { autoscale, ...rest } = settings;
    Object.assign(joined, rest);
    if (autoscale !== undefined) joined.autoscale = joinAutoscale(joined.autoscale, autoscale);
  }
  return joined;
}

function joinAutoscale(a: Autoscale | undefined, b: Autoscale): Autoscale {
  if (a === undefined) return b;
  return { min: Math.max(a.min, b.min), max: Math.max(a.max, b.max), cpu: Math.min(a.cpu, b.cpu) };
}
