// Metadata of what belongs to one Deployment: its name and labels, and the cluster removes it with its owner.
import type { V1Deployment, V1OwnerReference } from '@kubernetes/client-node';

/** Name, labels and owner of an object that leaves with its Deployment. */
export interface OwnedMetadata {
  name: string;
  labels: Record<string, string>;
  ownerReferences: [V1OwnerReference];
}

/** Metadata of an object of this Deployment's. */
export function ownedMetadata({ metadata = {} }: V1Deployment): OwnedMetadata {
  const { name = '', uid = '', labels = {} } = metadata;
  return {
    name,
    labels,
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name, uid }],
  };
}
