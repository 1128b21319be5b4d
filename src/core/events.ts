// What actions tell while they work: typed events that the output folder renders as a live display, plain lines or nothing.

/** Something that happens while an action runs. Results are returned, not emitted. */
export type FoxEvent =
  /** A task with a beginning and an end. `progress` replaces the text of a running one. */
  | {
      readonly type: 'task';
      readonly id: string;
      readonly state: 'started' | 'progress' | 'done' | 'failed';
      readonly text: string;
      /** How far its parts are, each in one line; shown while it runs, where lines can be redrawn. */
      readonly lines?: readonly string[];
    }
  /** A line that a build command printed. */
  | { readonly type: 'output'; readonly source: string; readonly line: string }
  /** Something worth knowing that isn't an error. */
  | { readonly type: 'info'; readonly text: string }
  | { readonly type: 'warning'; readonly text: string }
  /** A command that the demo runs, as one would type it. */
  | { readonly type: 'command'; readonly line: string };

/** Receives events; must not throw. */
export interface Emit {
  (event: FoxEvent): void;
}
