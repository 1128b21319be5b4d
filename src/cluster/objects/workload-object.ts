// A workload as a Deployment: how it is made, and what the cluster says of it.
import type { V1Deployment } from '@kubernetes/client-node';
import { annotation, label, managedBy, objectName, shortHash } from '../../core/labels.ts';
import type { Workload } from '../../core/version/workload.ts';
import { type PodImage, podTemplate } from './pod-template.ts';
import { replicasOwners } from './replicas-owner.ts';
import { templateEditors } from './template-editors.ts';

/** A Deployment of fox's. */
export interface DeployedWorkload {
  /** Name of the Deployment. */
  readonly name: string;
  readonly app: string;
  readonly component: string;
  /** Workload hash, 40 hex digits. */
  readonly hash: string;
  /** The whole workload hash, 64 hex digits. */
  readonly fullHash: string;
  readonly sourceHash: string;
  /** `sha256:…` of its image. */
  readonly image: string;
  /** Version whose deployment made it. */
  readonly wantedBy: string;
  /** Commit that first built it. */
  readonly commit: string;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly replicas: number;
  /** Who else than fox has set that number; absent if nobody has. */
  readonly replicasSetBy?: readonly string[];
  /** Its settings that are in no hash, as they were last applied: JSON; absent if there are none. */
  readonly settings?: string;
  readonly available: number;
  /** Its generation is observed, and as many pods are available as it wants, at least one. */
  readonly ready: boolean;
  /** Who else than fox has changed what its pods are made of; absent if nobody has. */
  readonly changedBy?: readonly string[];
}

/** Version and commit, noted on what is created. */
export interface Origin {
  readonly version: string;
  readonly commit: string;
}

/** Labels by which a workload's pods are found. */
export function workloadSelector({ app, component, hash }: Workload): Record<string, string> {
  return { [label.app]: app, [label.component]: component, [label.hash]: shortHash(hash) };
}

/** The Deployment of a workload, to be created once and never applied again. */
export function workloadObject(workload: Workload, origin: Origin, image: PodImage): V1Deployment {
  const { app, component, hash, definition } = workload;
  const selector = workloadSelector(workload);
  const labels = {
    ...selector,
    [label.managedBy]: managedBy,
    [label.name]: component,
    [label.appComponent]: component,
    [label.partOf]: app,
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: objectName.workload(app, component, hash),
      labels,
      annotations: {
        [annotation.hash]: hash,
        [annotation.sourceHash]: definition.sourceHash,
        [annotation.commit]: origin.commit,
        [annotation.tree]: definition.tree,
        [annotation.image]: definition.image,
        [annotation.wantedBy]: origin.version,
      },
    },
    spec: {
      replicas: definition.replicas,
      selector: { matchLabels: selector },
      template: podTemplate(workload, labels, selector, image),
    },
  };
}

/** What a Deployment of fox's says. */
export function readWorkload(object: V1Deployment): DeployedWorkload {
  const {
    name = '',
    labels = {},
    annotations = {},
    generation = 0,
    creationTimestamp,
  } = object.metadata ?? {};
  const replicas = object.spec?.replicas ?? 1;
  const available = object.status?.availableReplicas ?? 0;
  const changedBy = templateEditors(object);
  const replicasSetBy = replicasOwners(object);
  const observed = (object.status?.observedGeneration ?? -1) >= generation;
  return {
    name,
    app: labels[label.app] ?? '',
    component: labels[label.component] ?? '',
    hash: labels[label.hash] ?? '',
    fullHash: annotations[annotation.hash] ?? '',
    sourceHash: annotations[annotation.sourceHash] ?? '',
    image: annotations[annotation.image] ?? '',
    wantedBy: annotations[annotation.wantedBy] ?? '',
    commit: annotations[annotation.commit] ?? '',
    createdAt: String(creationTimestamp ?? ''),
    replicas,
    ...(replicasSetBy.length === 0 ? {} : { replicasSetBy }),
    ...(annotations[annotation.settings] === undefined ? {} : { settings: annotations[annotation.settings] }),
    available,
    ready: observed && replicas >= 1 && available >= replicas,
    ...(changedBy.length === 0 ? {} : { changedBy }),
  };
}
