// Which cluster a command is about: the embedded one, or a Kubernetes cluster that was chosen on purpose.
import type { PlaceSettings } from '../../config/config.ts';
import { FoxError } from '../../core/errors.ts';
import type { CommonOptions } from '../context.ts';

/** The cluster that is meant; whether it answers is another question. */
export type ClusterTarget = EmbeddedTarget | KubernetesTarget;

/** The cluster that fox runs itself, in this repository. */
export interface EmbeddedTarget {
  readonly kind: 'embedded';
}

/** A Kubernetes cluster. */
export interface KubernetesTarget {
  readonly kind: 'kubernetes';
  /** Context of the kubeconfig, or `in-cluster`; absent: the current context. */
  readonly context?: string;
  /** Absent: the context's own. */
  readonly namespace?: string;
  /** It was named for this command, rather than found in the config. */
  readonly isExplicit: boolean;
}

/** What `--context` is given to work on the embedded cluster, whatever the config or the kubeconfig says. */
export const embeddedContext = 'embedded';

/**
 * The option counts more than the config. A namespace in the config without a context means the kubeconfig's current
 * context. KUBECONFIG alone chooses nothing: it is set on many machines, and a first
 * try of fox must not end up in somebody's production.
 * @throws FoxError USAGE for a namespace of the embedded cluster, which has but one.
 */
export function chooseTarget(
  { cluster }: PlaceSettings,
  options: Pick<CommonOptions, 'context' | 'namespace'>,
): ClusterTarget {
  const context = options.context ?? cluster?.context;
  if (context === embeddedContext || (context === undefined && cluster === undefined)) {
    if (options.namespace === undefined || options.namespace === 'default') return { kind: 'embedded' };
    throw new FoxError('USAGE', 'the embedded cluster has one namespace, default', {
      hints: ['Name a Kubernetes cluster with `--context`, or `cluster` in the config.'],
    });
  }
  const namespace = options.namespace ?? cluster?.namespace;
  return {
    kind: 'kubernetes',
    isExplicit: options.context !== undefined,
    ...(context === undefined ? {} : { context }),
    ...(namespace === undefined ? {} : { namespace }),
  };
}
