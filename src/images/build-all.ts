// Makes all images that a deployment needs: what is there is found, the rest is built side by side within a limit.
import { availableParallelism } from 'node:os';
import type { Builder, BuildRequest } from './builder.ts';
import { cancelled } from './cancelled.ts';
import type { ImageStore } from './image-store.ts';
import { removeStaleScratch } from './scratch.ts';
import { treeBuilder } from './tree-builder.ts';

/** One component's image. */
export type ImageJob = Pick<BuildRequest, 'reference' | 'path' | 'readTree' | 'command'>;

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
  /** Default: the built-in one. */
  readonly builder?: Builder;
  /** See {@link BuildRequest.scratch}. */
  readonly scratch: string;
  /** Most builds at once. Default: the processors, at least 2. */
  readonly parallel?: number;
  readonly signal: AbortSignal;
  readonly onEvent: (event: BuildEvent) => void;
}

/**
 * Digests (`sha256:…`) by source hash, for every job. Jobs with the same source hash are one. The first failure
 * cancels the others and is thrown once they have ended; so is FoxError CANCELLED on abort.
 */
export async function buildAll(
  jobs: readonly ImageJob[],
  options: BuildAllOptions,
): Promise<Map<string, string>> {
  const distinct = [...new Map(jobs.map((job) => [job.reference.sourceHash, job])).values()];
  const digests = await options.store.find(distinct.map((job) => job.reference));
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
  const { store, builder = treeBuilder(process.env), scratch, onEvent } = options;
  const about = subject(job.reference);
  onEvent({ ...about, type: 'started' });
  try {
    const onOutput = (line: string) => onEvent({ ...about, type: 'output', line });
    const image = await builder.build({ ...job, scratch, onOutput, signal });
    try {
      const digest = await store.put(job.reference, image);
      onEvent({ ...about, type: 'finished', digest, reused: false });
      return digest;
    } finally {
      await image.dispose();
    }
  } catch (error) {
    onEvent(signal.aborted ? { ...about, type: 'cancelled' } : { ...about, type: 'failed', error });
    throw error;
  }
}

function subject({ component, sourceHash }: ImageJob['reference']): {
  component: string;
  sourceHash: string;
} {
  return { component, sourceHash };
}
