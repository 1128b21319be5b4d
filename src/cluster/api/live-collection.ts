// Follows the objects of a collection by list and watch, over the end of watches and an API server that goes away for a while.
import { setTimeout as delay } from 'node:timers/promises';
import { FoxError } from '../../core/errors.ts';
import { timeLimit } from '../../core/time-limit.ts';
import type { ApiClient } from './api-client.ts';
import { ApiError, isStatus } from './api-error.ts';
import type { Resource } from './resources.ts';

/** Which objects are followed, and how long. */
export interface FollowOptions {
  readonly signal: AbortSignal;
  /** How long the API may be away before that is an error, in ms; by default it is one at once. */
  readonly patience?: number;
  /** Told each time that the API can't be reached while there is patience left. */
  readonly onAway?: (error: FoxError) => void;
}

/** An object that can be told from one of the same name that was there before. */
export interface HasUid {
  readonly metadata?: { readonly uid?: string };
}

/** A watch that nobody ends is renewed after so long (in ms): its connection may be dead without anybody's telling. */
const freshness = 30_000;
/** Bounds of the time between two tries, in ms. */
const [shortestPause, longestPause] = [250, 5_000];

/**
 * Calls `onChange` with all objects by uid, after the first list and after each change, until the signal aborts.
 * @throws FoxError when the API refuses, or is away for longer than there is patience.
 */
export async function followCollection<O extends HasUid>(
  client: ApiClient,
  { resource, labelSelector }: { readonly resource: Resource; readonly labelSelector: string },
  onChange: (objects: ReadonlyMap<string, O>) => void,
  { signal, patience = 0, onAway }: FollowOptions,
): Promise<void> {
  const objects = new Map<string, O>();
  const selection = { labelSelector };
  let pause = 0;
  let awaySince: number | undefined;
  while (!signal.aborted) {
    const began = performance.now();
    const turn = timeLimit(freshness, signal);
    try {
      const { items, resourceVersion } = await client.list<O>(resource, selection);
      objects.clear();
      for (const object of items) objects.set(uidOf(object), object);
      awaySince = undefined;
      onChange(objects);
      for await (const { type, object } of client.watch<O>(resource, resourceVersion, selection, turn)) {
        if (type === 'DELETED') objects.delete(uidOf(object));
        else objects.set(uidOf(object), object);
        onChange(objects);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error !== turn.reason && !isStatus(error, 410)) {
        awaySince ??= performance.now();
        if (!passes(error) || performance.now() - awaySince >= patience) throw error;
        onAway?.(error);
      }
    }
    // Whoever is sent away at once comes back later and later.
    const isBrief = performance.now() - began < longestPause;
    pause = isBrief ? Math.min(longestPause, Math.max(shortestPause, pause * 2)) : 0;
    await delay(pause, undefined, { signal }).catch(() => undefined);
  }
}

function uidOf({ metadata }: HasUid): string {
  return metadata?.uid ?? '';
}

/** What an API server that restarts, or a network that fails for a moment, answers. */
function passes(error: unknown): error is FoxError {
  if (error instanceof ApiError) return error.status === 429 || error.status >= 500;
  return error instanceof FoxError && error.code === 'CLUSTER_UNREACHABLE';
}
