// The parts of a Pod that controllers and runtime read and write, as the API's JSON has them.
import type { KubeMetadata, KubeObject } from '../store/object-store.ts';

/** Name of the one node: this machine. */
export const nodeName = 'embedded';

/** Seconds between SIGTERM and SIGKILL where a pod doesn't say. */
export const defaultGraceSeconds = 30;

/** A Pod. */
export interface Pod extends KubeObject {
  spec: PodSpec;
  status?: PodStatus;
}

/** What is to run. */
export interface PodSpec {
  nodeName?: string;
  restartPolicy?: 'Always' | 'OnFailure' | 'Never';
  terminationGracePeriodSeconds?: number;
  containers: Container[];
  initContainers?: Container[];
  volumes?: { name: string }[];
  [field: string]: unknown;
}

/** One process. */
export interface Container {
  name: string;
  image: string;
  command?: string[];
  args?: string[];
  workingDir?: string;
  env?: EnvVariable[];
  envFrom?: EnvSource[];
  readinessProbe?: Probe;
  livenessProbe?: Probe;
  startupProbe?: Probe;
  lifecycle?: { preStop?: { sleep?: { seconds: number }; [kind: string]: unknown } };
  volumeMounts?: { name: string; mountPath: string }[];
  [field: string]: unknown;
}

/** A variable with its value, or with the place of its value. */
export interface EnvVariable {
  name: string;
  value?: string;
  valueFrom?: {
    configMapKeyRef?: KeyReference;
    secretKeyRef?: KeyReference;
    fieldRef?: { fieldPath: string };
    resourceFieldRef?: unknown;
  };
}

/** A key of a ConfigMap or Secret. */
export interface KeyReference {
  name: string;
  key: string;
  optional?: boolean;
}

/** All keys of a ConfigMap or Secret as variables. */
export interface EnvSource {
  prefix?: string;
  configMapRef?: { name: string; optional?: boolean };
  secretRef?: { name: string; optional?: boolean };
}

/** How health is asked for. Times are seconds. */
export interface Probe {
  httpGet?: { path?: string; scheme?: string; httpHeaders?: { name: string; value: string }[] };
  tcpSocket?: { port: number | string };
  initialDelaySeconds?: number;
  periodSeconds?: number;
  timeoutSeconds?: number;
  failureThreshold?: number;
  successThreshold?: number;
  [kind: string]: unknown;
}

/** What is. */
export interface PodStatus {
  phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  startTime?: string;
  conditions?: Condition[];
  containerStatuses?: ContainerStatus[];
  [field: string]: unknown;
}

/** One aspect of a status; the time is that of the last change of `status`. */
export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  lastTransitionTime?: string;
  lastUpdateTime?: string;
  reason?: string;
  message?: string;
}

/** A container's status in the API's form. */
export interface ContainerStatus {
  name: string;
  image: string;
  imageID: string;
  containerID?: string;
  ready: boolean;
  started: boolean;
  restartCount: number;
  state: ContainerState;
  lastState: Partial<ContainerState>;
}

/** Exactly one of the three is there. */
export type ContainerState =
  | { waiting: Waiting }
  | { running: { startedAt: string } }
  | { terminated: Terminated };

/** Not running, and why. */
export interface Waiting {
  reason: string;
  message?: string;
}

/** How a process ended. `signal` is the signal's number. */
export interface Terminated {
  exitCode: number;
  signal?: number;
  reason: string;
  message?: string;
  startedAt: string;
  finishedAt: string;
}

/** Namespace of an object that has one. */
export function namespaceOf(object: { metadata: KubeMetadata }): string {
  return object.metadata.namespace ?? 'default';
}

/** The pod is ready: its condition says so, and it isn't being deleted. */
export function isReady(pod: Pod): boolean {
  const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready');
  return ready?.status === 'True' && pod.metadata.deletionTimestamp === undefined;
}

/** The pod's processes ended for good. */
export function isFinished(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}
