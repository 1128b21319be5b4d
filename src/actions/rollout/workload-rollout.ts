// Makes the workloads that are missing and waits until all that are needed are ready, telling how far it is.
import type { Namespace } from '../../cluster/namespace.ts';
import type { Origin } from '../../cluster/objects/workload-object.ts';
import { FoxError } from '../../core/errors.ts';
import { inParallel } from '../../core/in-parallel.ts';
import { objectName } from '../../core/labels.ts';
import type { Workload } from '../../core/version/workload.ts';
import type { ActionContext, CommonOptions } from '../context.ts';
import { defaultTimeout } from '../context.ts';
import { creationError } from './creation-error.ts';
import type { RolloutPlace } from './rollout-place.ts';
import { waitForWorkloads } from './workload-wait.ts';

/** Workloads to have ready. */
export interface RolloutRequest {
  readonly create: readonly Workload[];
  readonly scale: readonly { readonly workload: Workload; readonly replicas: number }[];
  /** Workloads that exist and must be ready, too. */
  readonly keep: readonly Workload[];
  /** Version and commit, noted on what is created. */
  readonly origin: Origin | OriginOf;
  /** What hasn't happened when this fails, as a sentence. Default: the version was not written. */
  readonly undone?: string;
  /** `fox prune` would remove what was started. Default: it would. */
  readonly isPrunable?: boolean;
}

/** Each workload's own, where several versions get some. */
export type OriginOf = (workload: Workload) => Origin;

/** How many Deployments are created at once. */
const parallelCreates = 16;

/**
 * Creates, scales, and waits until every workload is ready.
 * @throws FoxError WORKLOAD_FAILED with the cause and, of a failing pod, the last log lines, or TIMED_OUT.
 */
export async function rollOut(
  { namespace, cluster }: RolloutPlace & { readonly namespace: Namespace },
  request: RolloutRequest,
  options: CommonOptions,
  context: Pick<ActionContext, 'emit'>,
  signal: AbortSignal,
): Promise<void> {
  const { create, scale, keep, origin } = request;
  const what = typeof origin === 'function' ? 'Nothing' : `Version ${origin.version}`;
  const undone = request.undone ?? `${what} was not written.`;
  // All are looked for at once, before the first is made.
  await namespace.secrets.require(create);
  await namespace.secrets.restoreCopies(keep);
  const made = await createAll(namespace, request, undone, signal);
  for (const { workload, replicas } of scale) await namespace.scaleWorkload(nameOf(workload), replicas);
  const all = [...create, ...scale.map(({ workload }) => workload), ...keep];
  await waitForWorkloads(
    namespace,
    new Set(all.map(nameOf)),
    {
      timeout: options.timeout ?? defaultTimeout,
      isNew: (name) => made.has(name),
      undone,
      isPrunable: request.isPrunable ?? true,
      ...(cluster === undefined ? {} : { cluster }),
    },
    context,
    signal,
  );
}

/** Creates what is missing. @returns names of the Deployments that were made now. */
async function createAll(
  namespace: Namespace,
  { create, origin }: RolloutRequest,
  undone: string,
  signal: AbortSignal,
): Promise<Set<string>> {
  const made = new Set<string>();
  const done = new Set<Workload>();
  const originOf = typeof origin === 'function' ? origin : () => origin;
  const createOne = async (workload: Workload) => {
    try {
      if (await namespace.createWorkload(workload, originOf(workload))) made.add(nameOf(workload));
      done.add(workload);
    } catch (error) {
      throw error instanceof FoxError ? creationError(error, workload, { create, done, undone }) : error;
    }
  };
  await inParallel(create, parallelCreates, createOne, signal);
  return made;
}

function nameOf({ app, component, hash }: Workload): string {
  return objectName.workload(app, component, hash);
}
