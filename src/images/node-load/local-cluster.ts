// Clusters on this machine whose nodes take images without a registry, told by the names of their contexts.

/** Such a cluster. */
export interface LocalCluster {
  /** The program that made it. */
  readonly tool: 'kind' | 'k3d' | 'minikube';
  /** Its name there. */
  readonly name: string;
}

/** The cluster of a context that such a program has named: `kind-dev`, `k3d-dev`, `minikube`. */
export function localCluster(context: string): LocalCluster | undefined {
  if (context === 'minikube') return { tool: 'minikube', name: context };
  const [, tool, name] = /^(kind|k3d)-(.+)$/.exec(context) ?? [];
  if (name === undefined) return undefined;
  return { tool: tool === 'kind' ? 'kind' : 'k3d', name };
}
