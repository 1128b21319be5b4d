// A workload as a Deployment: how it is made, and what the cluster says of it.
import type { V1Container, V1Deployment } from '@kubernetes/client-node';
import { urlVariable } from '../core/app.ts';
import { annotation, label, managedBy, objectName, shortHash } from '../core/labels.ts';
import type { Workload } from '../core/workload.ts';

/** Seconds that a pod goes on serving after it was told to end, so that every router has stopped sending to it. */
const drainSeconds = 3;

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
  readonly available: number;
  /** Its generation is observed, and as many pods are available as it wants, at least one. */
  readonly ready: boolean;
}

/** The Deployment of a workload, to be created once and never applied again. */
export function workloadObject(
  workload: Workload,
  origin: { version: string; commit: string },
): V1Deployment {
  const { app, component, hash, definition } = workload;
  const selector = { [label.app]: app, [label.component]: component, [label.hash]: shortHash(hash) };
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
      template: {
        metadata: { labels, annotations: { [annotation.calls]: definition.template.calls.join(',') } },
        spec: { enableServiceLinks: false, containers: [container(workload)] },
      },
    },
  };
}

function container({ app, component, hash, definition, env }: Workload): V1Container {
  const { template, image } = definition;
  const variables: Record<string, string> = {
    ...env,
    ...Object.fromEntries(template.calls.map((callee) => [urlVariable(callee), `http://${callee}`])),
    PORT: String(template.port),
    FOX_APP: app,
    FOX_COMPONENT: component,
    FOX_HASH: shortHash(hash),
  };
  const health = template.healthPath;
  return {
    name: component,
    image: `${app}/${component}@${image}`,
    command: [...template.command],
    ports: [{ name: 'http', containerPort: template.port }],
    env: Object.entries(variables).map(([name, value]) => ({ name, value })),
    readinessProbe: {
      ...(health === undefined
        ? { tcpSocket: { port: 'http' } }
        : { httpGet: { path: health, port: 'http' } }),
      periodSeconds: 2,
      timeoutSeconds: 2,
    },
    lifecycle: { preStop: { sleep: { seconds: drainSeconds } } },
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
    available,
    ready: observed && replicas >= 1 && available >= replicas,
  };
}
