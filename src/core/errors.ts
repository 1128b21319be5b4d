// The one error type that fox throws on purpose: a closed set of codes, each with its exit code.

/**
 * What went wrong, as a program can tell it apart. The number is the process's exit code:
 * 1 failed · 2 usage or config · 3 environment not ready · 4 timed out · 5 refused by a guard · 130 cancelled.
 */
export const exitCodes = {
  /** A build command exited with an error. */
  BUILD_FAILED: 1,
  /** A pod crashed, never became ready, or couldn't start. */
  WORKLOAD_FAILED: 1,
  /** The cluster answered with an error that fox has no better word for. */
  CLUSTER_ERROR: 1,
  /** A registry answered with an error, or with something else than what was asked for. */
  REGISTRY_ERROR: 1,
  /** A component declares that it passes the context of requests on, and loses it. */
  CONTEXT_LOST: 1,
  /** The file system refused: full disk, no permission, unreadable. */
  FILE_SYSTEM: 1,
  /** Arguments or options make no sense. */
  USAGE: 2,
  /** The config is missing, not readable, or not valid. */
  CONFIG_INVALID: 2,
  /** A name breaks the rules of Kubernetes or of fox. */
  NAME_INVALID: 2,
  /** A version, virtual environment, component or workload of that name doesn't exist. */
  NOT_FOUND: 2,
  /** A commit, tag or branch doesn't exist, or isn't in this clone. */
  REF_NOT_FOUND: 2,
  /** Not inside a git repository, no commit yet, or git itself is missing or too old. */
  GIT_NOT_READY: 3,
  /** No cluster answers. */
  CLUSTER_UNREACHABLE: 3,
  /** The kubeconfig is missing, damaged, or has no such context; or the cluster has no such namespace. */
  CLUSTER_NOT_CONFIGURED: 3,
  /** The cluster doesn't accept who one says one is. */
  CLUSTER_UNAUTHORIZED: 3,
  /** The cluster doesn't allow it. */
  CLUSTER_FORBIDDEN: 3,
  /** The embedded cluster didn't start. */
  CLUSTER_START_FAILED: 3,
  /** No registry answers: its name, the connection or its certificate is at fault. */
  REGISTRY_UNREACHABLE: 3,
  /** A registry wants other credentials, or doesn't allow these to do it. */
  REGISTRY_DENIED: 3,
  /** A cluster needs a registry to get images from, and none is named. */
  REGISTRY_NOT_CONFIGURED: 3,
  /** No program that builds Dockerfiles is installed, or its engine doesn't run. */
  BUILDER_NOT_READY: 3,
  /** A port that was asked for is taken. */
  PORT_TAKEN: 3,
  /** Something that a deploy needs is missing; `fox doctor` names it. */
  NOT_READY: 3,
  /** No router is alive to acknowledge a release. */
  ROUTER_NOT_READY: 3,
  /** What was waited for didn't happen in time. */
  TIMED_OUT: 4,
  /** Uncommitted changes would be left out. */
  DIRTY_TREE: 5,
  /** A named version exists and differs. */
  VERSION_IMMUTABLE: 5,
  /** Someone else changed the same thing first. */
  CONFLICT: 5,
  /** A guard refused: the thing is in use. */
  IN_USE: 5,
  /** The release or deployment would not be valid; the problems are listed. */
  REFUSED: 5,
  /** Cancelled by a signal. */
  CANCELLED: 130,
} as const;

/** A code of {@link exitCodes}. */
export type ErrorCode = keyof typeof exitCodes;

/** What a {@link FoxError} carries beside its message. */
export interface ErrorContext {
  /** One or two things to try, each a sentence or a command. */
  hints?: readonly string[];
  /** Further lines that show the cause: a log's end, a list of files. */
  details?: readonly string[];
  /** The error of the library underneath. */
  cause?: unknown;
}

/** An expected failure: what happened and why (message), what to try (hints), what it looked like (details). */
export class FoxError extends Error {
  override readonly name = 'FoxError';
  readonly code: ErrorCode;
  readonly hints: readonly string[];
  readonly details: readonly string[];

  constructor(code: ErrorCode, message: string, context: ErrorContext = {}) {
    super(message, context.cause === undefined ? undefined : { cause: context.cause });
    this.code = code;
    this.hints = context.hints ?? [];
    this.details = context.details ?? [];
  }

  /** The exit code that a process ends with when this error reaches its edge. */
  get exitCode(): number {
    return exitCodes[this.code];
  }
}
