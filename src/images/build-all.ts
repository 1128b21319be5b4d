// Makes all images that a deployment needs: what is there is found, the rest is built side by side within a limit.
import { availableParallelism } from 'node:os';
import type { Build } from '../core/version/app.ts';
import type { Builder, BuildRequest, PrebuiltImage } from './builder.ts';
import { cancelled } from './cancelled.ts';
import type { BuiltImage } from './image.ts';
import type { ImageStore } from './image-store.ts';
import { removeStaleScratch } from './scratch.ts';

/** One component's image. */
export type ImageJob = Omit<BuildRequest, 'scratch' | 'onOutput' | 'signal'>;

/** What happens, as it happens. `sourceHash` tells jobs apart. */
export type BuildEvent = { readonly component: string; readonly sourceHash: string } & (
  | { readonly type: 'started' }
  | { readonly type: 'output'; readonly line: string }
  | { readonly type: 'finished'; readonly digest: string; readonly reused: boolean }
  | { readonly type: 'failed'; readonly error: unknown }
  /** Another one has failed, or the user has had enough. */
  | { readonly type: 'cancelled' }
);

/** With what, where, and how many at once. */
export interface BuildAllOptions {
  readonly store: ImageStore;
  /** Which builder makes an image that is described so. */
  readonly builderOf: (build: Build) => Builder;
  /** Build also what is there already, and put it in its place. */
  readonly refresh?: boolean;
  /** See {@link BuildRequest.scratch}. */
  readonly scratch: string;
  /** Most builds at once. Default: the processors, at least 2. */
  readonly parallel?: number;
  readonly signal: AbortSignal;
  readonly onEvent: (event: BuildEvent) => void;
}

/**
 * Images by source hash, for every job: `sha256:…`, or the whole reference of a prebuilt one. Jobs with the same source hash are one. The first failure
 * cancels the others and is thrown once they have ended; so is FoxError CANCELLED on abort.
 */
export async function buildAll(
  jobs: readonly ImageJob[],
  options: BuildAllOptions,
): Promise<Map<string, string>> {
  const distinct = [...new Map(jobs.map((job) => [job.reference.sourceHash, job])).values()];
  const references = distinct.map((job) => job.reference);
  const digests = options.refresh === true ? new Map<string, string>() : await options.store.find(references);
  for (const { reference } of distinct) {
    const digest = digests.get(reference.sourceHash);
    if (digest !== undefined)
      options.onEvent({ ...subject(reference), type: 'finished', digest, reused: true });
  }
  const missing = distinct.filter((job) => !digests.has(job.reference.sourceHash));
  if (missing.length > 0) {
    await removeStaleScratch(options.scratch, Date.now());
    await buildMissing(missing, options, digests);
  }
  return digests;
}

async function buildMissing(
  jobs: readonly ImageJob[],
  options: BuildAllOptions,
  digests: Map<string, string>,
): Promise<void> {
  const failing = new AbortController();
  const signal = AbortSignal.any([options.signal, failing.signal]);
  const failures: unknown[] = [];
  const waiting = [...jobs];
  const work = async () => {
    for (let job = waiting.shift(); job !== undefined && !signal.aborted; job = waiting.shift()) {
      try {
        digests.set(job.reference.sourceHash, await buildOne(job, options, signal));
      } catch (error) {
        if (!signal.aborted) failures.push(error);
        failing.abort(error);
      }
    }
  };
  const workers = Math.min(options.parallel ?? Math.max(2, availableParallelism()), jobs.length);
  await Promise.all(Array.from({ length: Math.max(1, workers) }, work));
  if (failures.length > 0) throw failures[0];
  if (options.signal.aborted) throw cancelled(options.signal);
}

async function buildOne(job: ImageJob, options: BuildAllOptions, signal: AbortSignal): Promise<string> {
  const { builderOf, scratch, onEvent } = options;
  const about = subject(job.reference);
  onEvent({ ...about, type: 'started' });
  try {
    const onOutput = (line: string) => onEvent({ ...about, type: 'output', line });
    const made = await builderOf(job.build).build({ ...job, scratch, onOutput, signal });
    const digest = await keep(job, made, options, signal);
    onEvent({ ...about, type: 'finished', digest, reused: false });
    return digest;
  } catch (error) {
    onEvent(signal.aborted ? { ...about, type: 'cancelled' } : { ...about, type: 'failed', error });
    throw error;
  }
}

async function keep(
  { reference }: ImageJob,
  made: BuiltImage | PrebuiltImage,
  { store, refresh = false }: BuildAllOptions,
  signal: AbortSignal,
): Promise<string> {
  const options = { replace: refresh, signal };
  if ('reference' in made) return store.putPrebuilt(reference, made.reference, options);
  try {
    return await store.put(reference, made, options);
  } finally {
    await made.dispose();
  }
}

function subject({ component, sourceHash }: ImageJob['reference']): {
  component: string;
  sourceHash: string;
} {
  return { component, sourceHash };
}
