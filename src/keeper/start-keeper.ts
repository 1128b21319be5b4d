// Wires the keeper together: of several one acts, and what ends it for a while is tried again.
import { createServer, type Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { asKeeper } from '../cluster/keeper/keeper-lease.ts';
import type { Namespace } from '../cluster/namespace.ts';
import { FoxError } from '../core/errors.ts';
import { keep } from './keep.ts';
import { type Log, reasonOf } from './log.ts';

/** How a keeper is started. */
export interface KeeperOptions {
  readonly namespace: Namespace;
  /** Tells keepers of a namespace apart. */
  readonly id: string;
  /** Version of fox. */
  readonly version: string;
  /** Uid of its own pod. */
  readonly podUid?: string;
  readonly log: Log;
}

/** A keeper that runs. */
export interface Keeper {
  /** It has reached the cluster, and acts or waits for another that does. */
  readonly isReady: () => boolean;
  /** Gives up the Lease, and ends. */
  readonly stop: () => Promise<void>;
}

/** What was refused is tried again after so long, in ms, twice as long each time. */
const [firstRetry, longestRetry] = [500, 30_000];

/** Starts a keeper; it goes on until it is stopped, whatever becomes of the cluster. */
export function startKeeper(options: KeeperOptions): Keeper {
  const { id, version, log } = options;
  const ending = new AbortController();
  let isReady = false;
  log('info', 'started', { id, version });
  const running = keepOn(options, () => (isReady = true), ending.signal);
  return {
    isReady: () => isReady,
    stop: async () => {
      log('info', 'stopping');
      ending.abort(new Error('the keeper was told to end'));
      await running;
      log('info', 'stopped');
    },
  };
}

async function keepOn(options: KeeperOptions, onReady: () => void, signal: AbortSignal): Promise<void> {
  const { namespace, id, version, podUid, log } = options;
  const identity = { id, foxVersion: version, ...(podUid === undefined ? {} : { podUid }) };
  let pause = firstRetry;
  let told: string | undefined;
  const onWait = (holder: string) => {
    onReady();
    log('info', 'waiting', { holder });
  };
  const onRead = () => {
    onReady();
    [pause, told] = [firstRetry, undefined];
  };
  while (!signal.aborted) {
    try {
      await asKeeper(namespace.client, identity, onWait, signal, async (held) => {
        log('info', 'keeping');
        await keep({ namespace, id, log, onRead }, held);
        held.throwIfAborted();
      });
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof FoxError)) throw error;
      const reason = reasonOf(error);
      if (reason !== told) log('warning', 'interrupted', { reason });
      told = reason;
      await delay(pause, undefined, { signal }).catch(() => undefined);
      pause = Math.min(longestRetry, pause * 2);
    }
  }
}

/** Answers the probes of Kubernetes. `/healthz`: the process answers. `/readyz`: it has reached the cluster. */
export function keeperHealth(isReady: () => boolean): Server {
  return createServer((request, response) => {
    request.resume();
    const known = request.url === '/healthz' || request.url === '/readyz';
    const isFine = request.url !== '/readyz' || isReady();
    response.writeHead(known ? (isFine ? 200 : 503) : 404, { 'content-type': 'text/plain' });
    response.end(known && isFine ? 'ok\n' : known ? 'the cluster has not been read yet\n' : 'not found\n');
  });
}
