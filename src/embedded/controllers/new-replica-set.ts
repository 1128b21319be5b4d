// The ReplicaSet of a Deployment's current template: how it is found, and how it is made.
import { isDeepStrictEqual } from 'node:util';
import { canonicalJson, contentHash, type Json } from '../../core/version/canonical.ts';
import { nameAlphabet } from '../api/random-name.ts';
import { controlledBy } from './owned-objects.ts';
import {
  type Deployment,
  desiredAnnotation,
  maxAnnotation,
  type PodTemplate,
  revisionAnnotation,
} from './deployment.ts';
import type { ReplicaSet } from './replica-set.ts';

/** On a ReplicaSet and its pods: which template they are of. */
const hashLabel = 'pod-template-hash';
const hashLength = 10;
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';
/** Annotations of a Deployment that its ReplicaSets don't inherit. */
const ownAnnotations = [lastApplied, revisionAnnotation, desiredAnnotation, maxAnnotation];

/** The ReplicaSet that was made of the Deployment's template as it is now: the oldest, if there are several. */
export function currentSet(deployment: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | undefined {
  const wanted = withoutHash(deployment.spec.template);
  return sets.toSorted(byAge).find(({ spec }) => isDeepStrictEqual(withoutHash(spec.template), wanted));
}

/** A new ReplicaSet, to be created in the store. */
export function newReplicaSet(deployment: Deployment, replicas: number, revision: number): ReplicaSet {
  const { name, namespace } = deployment.metadata;
  const hash = templateHash(deployment);
  const template = structuredClone(deployment.spec.template);
  const labels = { ...template.metadata?.labels, [hashLabel]: hash };
  const { selector, minReadySeconds } = deployment.spec;
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${hash}`,
      ...(namespace === undefined ? {} : { namespace }),
      uid: '',
      resourceVersion: '',
      creationTimestamp: '',
      labels,
      annotations: { ...inheritedAnnotations(deployment), [revisionAnnotation]: String(revision) },
      ownerReferences: [controlledBy({ ...deployment, apiVersion: 'apps/v1', kind: 'Deployment' })],
    },
    spec: {
      replicas,
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [hashLabel]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
    status: { replicas: 0 },
  };
}

/** What a ReplicaSet has of its Deployment's annotations. */
export function inheritedAnnotations({ metadata }: Deployment): Record<string, string> {
  const entries = Object.entries(metadata.annotations ?? {});
  return Object.fromEntries(entries.filter(([key]) => !ownAnnotations.includes(key)));
}

/** The revision of a ReplicaSet; 0 if it has none. */
export function revisionOf({ metadata }: ReplicaSet): number {
  return Number(metadata.annotations?.[revisionAnnotation] ?? 0) || 0;
}

/** Orders ReplicaSets by age, the oldest first. */
export function byAge(a: ReplicaSet, b: ReplicaSet): number {
  const order = Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp);
  return order || (a.metadata.name < b.metadata.name ? -1 : 1);
}

/** Identifies a template by its content; counted up where two have the same. */
function templateHash({ spec, status }: Deployment): string {
  const document = { template: spec.template as unknown as Json, collisions: status?.collisionCount };
  const hex = contentHash('pod template', JSON.parse(canonicalJson(document)) as Json);
  const digits = Array.from({ length: hashLength }, (_, index) =>
    Number.parseInt(hex.slice(4 * index, 4 * index + 4), 16),
  );
  return digits.map((digit) => nameAlphabet[digit % nameAlphabet.length]).join('');
}

function withoutHash({ metadata = {}, ...template }: PodTemplate): object {
  const { [hashLabel]: _hash, ...labels } = metadata.labels ?? {};
  return { ...template, metadata: { ...metadata, labels } };
}
