// What an action works with while it uses a cluster.
import type { Namespace } from '../../cluster/namespace.ts';
import type { Connection } from '../../cluster/api/transport.ts';
import type { Right } from '../../cluster/rights.ts';
import type { ImageStore } from '../../images/image-store.ts';
import type { ImageLayout } from '../../images/oci-layout.ts';
import type { PullSecret } from './pull-secret.ts';
import type { Workspace } from '../place/workspace.ts';

/** Whether the cluster answers, or only its disk. */
export type ClusterState = 'running' | 'stopped';

/** Which cluster a session is with, as users are told. */
export type SessionCluster =
  | { readonly kind: 'embedded' }
  | {
      readonly kind: 'kubernetes';
      /** Context of the kubeconfig, or `in-cluster`. */
      readonly context: string;
      /** Base URL of its API. */
      readonly server: string;
      readonly connection: Connection;
    };

/** What an action works with while it uses a cluster. */
export interface ClusterSession {
  readonly cluster: SessionCluster;
  readonly state: ClusterState;
  readonly namespace: Namespace;
  readonly images: ImageStore;
  /** The images of the embedded cluster: only there can fox remove what nothing uses any more. */
  readonly layout?: ImageLayout;
  /** The Secret that pods pull with, where the config asks for one. Put it before pods are made. */
  readonly pullSecret?: PullSecret;
  /** Refuses whoever may not deploy, or not do what is named beside that; without it, everybody may. @throws FoxError CLUSTER_FORBIDDEN */
  readonly requireDeployer?: (also?: readonly Right[]) => Promise<void>;
  /** Base URL of the router's edge, where that is known without asking the cluster. */
  readonly edge?: string;
}

/** A session's cluster, as results tell it. */
export interface ClusterSummary {
  readonly kind: SessionCluster['kind'];
  /** Context of the kubeconfig, or `in-cluster`. */
  readonly context?: string;
  /** Base URL of its API. */
  readonly server?: string;
  readonly namespace: string;
  readonly state: ClusterState;
}

export function clusterSummary({ cluster, state, namespace }: ClusterSession): ClusterSummary {
  const common = { namespace: namespace.client.namespace, state };
  if (cluster.kind === 'embedded') return { kind: cluster.kind, ...common };
  const { kind, context, server } = cluster;
  return { kind, context, server, ...common };
}

/** What of a workspace decides the cluster. */
export type ClusterPlace = Pick<Workspace, 'home' | 'target' | 'settings'>;

/** Whether a session only looks. */
export interface Access {
  readonly readOnly: boolean;
}
