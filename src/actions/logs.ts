// `fox logs`: what the pods of a component print, or of all components, of one version or of all.
import { isStatus } from '../cluster/api/api-error.ts';
import type { FollowOptions } from '../cluster/api/live-collection.ts';
import { followLogs } from '../cluster/logs/log-following.ts';
import { mergeLogs } from '../cluster/logs/merged-logs.ts';
import type { LogEntry, LogSelection } from '../cluster/logs/pod-log.ts';
import type { PodView } from '../cluster/objects/pod-object.ts';
import { FoxError } from '../core/errors.ts';
import { type ClusterSession, withLiveCluster } from './session/cluster-session.ts';
import type { ActionContext, CommonOptions } from './context.ts';
import { requireContainer } from './logs/logged-container.ts';
import { type LoggedPods, selectLoggedPods } from './logs/logged-pods.ts';
import { withWorkspace } from './place/workspace.ts';
import { SilentPods } from './logs/silent-pods.ts';

export interface LogsOptions extends CommonOptions {
  /** Default: all. */
  readonly component?: string;
  readonly version?: string;
  readonly virtualEnv?: string;
  /** Go on until cancelled, over restarts, and with pods that come later. */
  readonly follow?: boolean;
  /** Only the last lines of each pod. */
  readonly tail?: number;
  /** Only what is at most so old, in ms. */
  readonly since?: number;
  /** The last run of each pod instead of the current one. */
  readonly previous?: boolean;
  /** A container of the pods beside the component's own. */
  readonly container?: string;
}

/** A line of a pod's log. */
export interface LogLine {
  readonly app: string;
  readonly component: string;
  /** Versions that the pod serves. */
  readonly versions: readonly string[];
  readonly pod: string;
  /** RFC 3339. */
  readonly time: string;
  readonly line: string;
}

/** Takes lines; reading waits for the promise where one is returned. */
export interface LineTaker {
  (line: LogLine): Promise<unknown> | undefined;
}

/** So many logs are read at once. */
const maxStreams = 50;

/** Hands out lines: by time, or, when it follows, as they come. */
export async function logs(options: LogsOptions, context: ActionContext, onLine: LineTaker): Promise<void> {
  if (options.follow === true && options.previous === true)
    throw new FoxError(
      'USAGE',
      '--follow and --previous exclude each other: a run that is over goes on no more',
    );
  await withWorkspace(context, options, async (workspace) =>
    withLiveCluster(workspace, context, async (session) => {
      const { app } = workspace;
      const pods = await selectLoggedPods(options, workspace, session.namespace);
      if (options.container !== undefined)
        await requireContainer(session.namespace.client, options.container, pods);
      const tell = (pod: PodView, { time, line }: LogEntry) =>
        onLine({ app, component: pod.component, versions: pods.versionsOf(pod), pod: pod.name, time, line });
      if (options.follow !== true) return readOnce(pods, options, session, context, tell);
      // Who follows ends it by Ctrl-C: that is no failure.
      return followAll(pods, options, session, context, tell);
    }),
  );
}

interface Tell {
  (pod: PodView, entry: LogEntry): Promise<unknown> | undefined;
}

async function readOnce(
  pods: LoggedPods,
  options: LogsOptions,
  { namespace }: ClusterSession,
  { signal, emit }: ActionContext,
  tell: Tell,
): Promise<void> {
  const sources = pods.now.map((view) => ({ view, pod: view.name, container: containerOf(view, options) }));
  const missing: Error[] = [];
  const unstarted: PodView[] = [];
  const silent = new SilentPods(pods.now);
  const onMissing = ({ view }: { readonly view: PodView }, error: Error) => {
    missing.push(error);
    if (isStatus(error, 400)) unstarted.push(view);
  };
  const selection = selectionOf(options);
  for await (const { source, time, line } of mergeLogs(namespace.client, sources, selection, {
    limit: maxStreams,
    onMissing,
    signal,
  })) {
    silent.heard(source.view);
    await tell(source.view, { time, line });
  }
  signal.throwIfAborted();
  // A pod that was never restarted has no previous run: that counts only if it is so for all of them.
  if (options.previous === true && missing.length === sources.length)
    throw neverRestarted(options, missing[0]);
  if (options.previous === true || options.tail === 0) return;
  for (const pod of unstarted.filter((each) => silent.hasSpoken(each)))
    emit({ type: 'info', text: `${pod.name} has logged nothing: it hasn't started` });
  for (const text of silent.texts(options)) emit({ type: 'info', text });
}

/** Whoever follows is told after so long (ms) that there is nothing to see yet. */
const silenceMilliseconds = 1_000;

async function followAll(
  pods: LoggedPods,
  options: LogsOptions,
  { namespace, cluster }: ClusterSession,
  { signal, emit }: ActionContext,
  tell: Tell,
): Promise<void> {
  const warn = (text: string) => emit({ type: 'warning', text });
  let away = false;
  const follow: FollowOptions = {
    signal,
    // Nobody but the next command would start the embedded cluster again.
    patience: cluster.kind === 'kubernetes' ? Number.POSITIVE_INFINITY : 0,
    onAway: (error) => {
      if (!away) warn(`${error.message}; trying again`);
      away = true;
    },
  };
  const followed = {
    labelSelector: pods.labelSelector,
    isWanted: pods.isWanted,
    containerOf: (pod: PodView) => containerOf(pod, options),
    first: selectionOf(options),
    maxPods: maxStreams,
  };
  const onCrowd = () => warn(`only ${maxStreams} pods are followed at once; name a component or a version`);
  const silent = new SilentPods(pods.now);
  const onEntry: Tell = (pod, entry) => {
    silent.heard(pod);
    return tell(pod, entry);
  };
  const tellSilence = () => {
    for (const text of silent.texts(options)) emit({ type: 'info', text });
  };
  const timer = options.tail === 0 ? undefined : setTimeout(tellSilence, silenceMilliseconds);
  try {
    await followLogs(namespace.client, followed, { onEntry, onCrowd }, follow);
  } finally {
    clearTimeout(timer);
  }
}

function containerOf({ component }: PodView, { container }: LogsOptions): string {
  return container ?? component;
}

function selectionOf({ tail, since, previous }: LogsOptions): LogSelection {
  return {
    ...(tail === undefined ? {} : { tailLines: tail }),
    // Less than a second isn't known to the API.
    ...(since === undefined ? {} : { sinceSeconds: Math.max(1, Math.round(since / 1_000)) }),
    ...(previous === true ? { previous } : {}),
  };
}

function neverRestarted({ component }: LogsOptions, cause: Error | undefined): FoxError {
  const what = component ?? 'nothing that runs';
  const message =
    component === undefined
      ? `${what} has a previous run: no pod was ever restarted`
      : `${what} has no previous run: its pods were never restarted`;
  return new FoxError('NOT_FOUND', message, {
    hints: [`\`fox logs${component === undefined ? '' : ` ${component}`}\` shows the current one.`],
    cause,
  });
}
