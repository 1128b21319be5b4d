// Notices a watch that is deaf: what it has delivered is compared with what the API says when it is asked.
import { type Api, ApiFailure } from './api.ts';
import { type Log, reasonOf } from '../log.ts';
import type { ApiObject } from './object-watch.ts';

/** The watch that is checked. */
export interface CheckedWatch {
  versionOf(name: string): string | undefined;
  restart(): void;
}

/** What is checked, and who is told. */
export interface FreshnessOptions {
  readonly api: Pick<Api, 'json'>;
  /** Path of the collection. */
  readonly path: string;
  /** The object in it that changes whenever routers must learn of something. */
  readonly name: string;
  readonly watch: CheckedWatch;
  readonly log: Log;
  /** Ms between checks. A watch that lags behind for so long is deaf. */
  readonly period: number;
}

/**
 * Asks the API for one object again and again. An API that can't be asked proves nothing: what is known then is the best
 * that there is, and a router that gave up serving it would turn the API's outage into that of the apps.
 */
export class Freshness {
  readonly #options: FreshnessOptions;
  #timer: NodeJS.Timeout | undefined;
  /** What the watch had delivered when it was first found to lag behind. */
  #behind: { readonly known: string | undefined } | undefined;
  #isChecking = false;
  #isDeaf = false;
  #currentAt: Date | undefined;

  constructor(options: FreshnessOptions) {
    this.#options = options;
  }

  /** The watch doesn't deliver what the API has. */
  get isDeaf(): boolean {
    return this.#isDeaf;
  }

  /** When the watch was last seen to have delivered all; undefined before the first list. */
  get currentAt(): Date | undefined {
    return this.#currentAt;
  }

  /** From the first list on, until {@link stop}. */
  start(): void {
    this.#currentAt = new Date();
    this.#timer = setInterval(() => void this.#checkAlone(), this.#options.period).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** One at a time: a slow API would answer two checks with what was before the watch had heard more. */
  async #checkAlone(): Promise<void> {
    if (this.#isChecking) return;
    this.#isChecking = true;
    try {
      await this.#check();
    } catch (error) {
      this.#isUnanswered(error);
    } finally {
      this.#isChecking = false;
    }
  }

  async #check(): Promise<void> {
    const { watch, name } = this.#options;
    const asked = await this.#ask();
    const known = watch.versionOf(name);
    if (asked === known) return this.#isCurrent();
    // It may be on its way. What moved since the last time is heard.
    if (this.#behind === undefined || this.#behind.known !== known) {
      this.#behind = { known };
      return;
    }
    if (!this.#isDeaf)
      this.#options.log('error', 'watch-deaf', { name, known, asked, currentAt: this.#currentAt });
    this.#isDeaf = true;
    this.#behind = undefined;
    watch.restart();
  }

  async #ask(): Promise<string | undefined> {
    const { api, path, name } = this.#options;
    try {
      const object = await api.json<ApiObject>({ method: 'GET', path: `${path}/${name}` });
      return object.metadata?.resourceVersion;
    } catch (error) {
      if (error instanceof ApiFailure && error.status === 404) return undefined;
      throw error;
    }
  }

  #isCurrent(): void {
    if (this.#isDeaf) this.#options.log('info', 'watch-hears-again', { name: this.#options.name });
    this.#isDeaf = false;
    this.#behind = undefined;
    this.#currentAt = new Date();
  }

  /** The watch and the Lease tell of it, too. */
  #isUnanswered(error: unknown): void {
    if (error instanceof ApiFailure)
      this.#options.log('warning', 'freshness-unknown', { reason: reasonOf(error) });
  }
}
