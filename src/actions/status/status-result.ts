// What `fox status` is asked for, and what it shows.
import type { PodView } from '../../cluster/objects/pod-object.ts';
import type { CommonOptions } from '../context.ts';
import type { ClusterSummary } from '../session/cluster-session.ts';

/** What `fox status` shows. */
export interface StatusResult {
  readonly schema: 'fox/v1';
  readonly kind: 'status';
  readonly app: string;
  /** The virtual environment that it is only about. */
  readonly virtualEnv?: string;
  readonly cluster: ClusterSummary;
  readonly router: RouterStatus;
  readonly versions: readonly VersionStatus[];
  readonly workloads: readonly WorkloadStatus[];
  /** By virtual environment. */
  readonly releases: Readonly<Record<string, ReleaseStatus>>;
}

/** The routers of the namespace. */
export interface RouterStatus {
  readonly url?: string;
  /** At least one is alive. */
  readonly ready: boolean;
  readonly replicas: number;
  /** Those of another fox than this one. */
  readonly otherVersions: readonly { readonly name: string; readonly version: string }[];
}

/** A version and where it runs. */
export interface VersionStatus {
  readonly app: string;
  readonly name: string;
  readonly commit: string;
  readonly mutable: boolean;
  readonly dirty: boolean;
  /** By virtual environment. */
  readonly environments: Readonly<Record<string, RunningStatus>>;
  /** Modules and their components. */
  readonly modules: Readonly<Record<string, readonly string[]>>;
}

/** A version in one virtual environment. */
export interface RunningStatus {
  readonly ready: boolean;
  /** By component: the workload (40 hex digits). */
  readonly components: Readonly<Record<string, string>>;
  /** Streams that are open in it, on all routers, as of some seconds ago. */
  readonly streams: number;
  /** Those of them that are WebSockets; the others are server-sent events. */
  readonly webSockets: number;
}

/** A workload and who shares it. */
export interface WorkloadStatus {
  readonly app: string;
  readonly name: string;
  readonly component: string;
  readonly hash: string;
  /** Versions that it serves; empty: nothing wants it. */
  readonly versions: readonly string[];
  readonly replicas: number;
  readonly ready: number;
  /** Who else than fox has changed what its pods are made of. */
  readonly changedBy: readonly string[];
  readonly pods: readonly PodView[];
}

/** What plain traffic of a virtual environment goes to. */
export interface ReleaseStatus {
  readonly version: string;
  readonly revision: number;
  readonly state: string;
  readonly strategy: string;
  /** Percent of plain traffic. */
  readonly weight: number;
  readonly by: string;
  readonly at: string;
  /** What of it somebody has removed: nobody is served what is released. */
  readonly missing: readonly ('environment' | 'version' | 'configuration')[];
}

export interface StatusOptions extends CommonOptions {
  /** Only this version; default: all. */
  readonly version?: string;
  /** Only this virtual environment; default: all. */
  readonly virtualEnv?: string;
}
