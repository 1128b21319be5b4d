// How users are told a kubectl command that reaches what fox reaches.

/** Where it is to lead. Default: the embedded cluster. */
export interface KubectlPlace {
  readonly cluster?:
    | { readonly kind: 'embedded' }
    | { readonly kind: 'kubernetes'; readonly context: string }
    | undefined;
  readonly namespace: string;
}

/** The beginning of a command: `kubectl --context prod -n shop`. */
export function kubectlCommand({ cluster, namespace }: KubectlPlace): string {
  const where =
    cluster?.kind !== 'kubernetes'
      ? ['--kubeconfig', '$(fox cluster kubeconfig)']
      : cluster.context === 'in-cluster'
        ? []
        : ['--context', quoted(cluster.context)];
  return ['kubectl', ...where, '-n', namespace].join(' ');
}

/** Contexts of some clouds have characters that a shell would take for its own. */
function quoted(name: string): string {
  return /^[\w@%+=:,./-]+$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`;
}
