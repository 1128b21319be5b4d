// The logs of all pods: one directory per pod, one below it per container; what the API reads them through.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogOptions, PodLogs } from '../api/pod-logs.ts';
import { StatusError } from '../store/status-error.ts';
import { ContainerLog } from './container-log.ts';
import { openLog } from './log-reader.ts';
import { selectLines } from './select-lines.ts';

/** Keeps the logs of pods below one directory. */
export class PodLogDirectory implements PodLogs {
  readonly #dir: string;
  readonly #report: (error: unknown) => void;
  readonly #live = new Map<string, Map<string, ContainerLog>>();

  /** @param report is told when lines are lost because the disk refuses them. */
  constructor(dir: string, report: (error: unknown) => void) {
    this.#dir = dir;
    this.#report = report;
  }

  /** The log of a container, to be written. */
  open(podUid: string, container: string): ContainerLog {
    const containers = this.#live.get(podUid) ?? new Map<string, ContainerLog>();
    this.#live.set(podUid, containers);
    const log =
      containers.get(container) ?? new ContainerLog(this.#containerDir(podUid, container), this.#report);
    containers.set(container, log);
    return log;
  }

  /** Ends the logs of a pod, and with them what follows them; the files stay. */
  async close(podUid: string): Promise<void> {
    for (const log of this.#live.get(podUid)?.values() ?? []) await log.close();
    this.#live.delete(podUid);
  }

  /** Removes the files of a pod that is gone. */
  async remove(podUid: string): Promise<void> {
    await this.close(podUid);
    await rm(join(this.#dir, podUid), { recursive: true, force: true });
  }

  /** Removes the logs of all pods but these. */
  async sweep(podUids: ReadonlySet<string>): Promise<void> {
    const names = await readdir(this.#dir).catch(() => []);
    for (const name of names) if (!podUids.has(name)) await this.remove(name);
  }

  async *read(podUid: string, options: LogOptions, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const container = options.container ?? (await this.#onlyContainer(podUid));
    if (container === undefined) return;
    const log = await openLog(this.#containerDir(podUid, container), this.#live.get(podUid)?.get(container), {
      previous: options.previous,
      follow: options.follow,
      tailLines: options.tailLines,
      signal,
    });
    if (log === undefined) {
      const message = `previous terminated container "${container}" in pod "${podUid}" not found`;
      throw new StatusError(400, 'BadRequest', message);
    }
    yield* selectLines(log, options);
  }

  async #onlyContainer(podUid: string): Promise<string | undefined> {
    const live = this.#live.get(podUid)?.keys().next().value;
    return live ?? (await readdir(join(this.#dir, podUid)).catch(() => []))[0];
  }

  #containerDir(podUid: string, container: string): string {
    return join(this.#dir, podUid, container);
  }
}
