// What stands in the way of a workload, in the words that fox shows.

/** What stands in the way of a workload. */
export interface Cause {
  readonly kind:
    | 'image'
    /** Something that its settings name isn't there or isn't allowed. */
    | 'settings'
    | 'command'
    /** Its program is for another kind of machine. */
    | 'platform'
    | 'crash'
    | 'memory'
    | 'unready'
    /** No node takes it. */
    | 'scheduling'
    | 'node'
    | 'quota'
    /** The cluster's rules refuse its pods. */
    | 'admission'
    | 'deadline';
  /** One sentence without a full stop that goes on after `web doesn't run: `. */
  readonly text: string;
  /** Waiting doesn't help. */
  readonly final: boolean;
  /** Container whose log may tell more. */
  readonly container?: string;
}
