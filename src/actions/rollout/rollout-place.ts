// Where workloads run, for those who tell of them.

/** Where workloads run, as far as a user is told. */
export interface RolloutPlace {
  /** Default: the embedded cluster. */
  readonly cluster?:
    | { readonly kind: 'embedded' }
    | { readonly kind: 'kubernetes'; readonly context: string };
}
