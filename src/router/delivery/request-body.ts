// A request's body on its way to a component: nothing of it is read before a connection stands, and then only as fast as it is sent on.
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { askForBody } from '../server/held-body.ts';

/** Bytes that are kept so that they can be sent again. */
const mostKept = 64 * 1024;

/** The body has more bytes than it may. */
export class BodyTooLarge extends Error {}

/** The client broke off before it had sent all of the body: no pod is to blame. */
export class ClientGone extends Error {}

/** What holds for a body. */
export interface BodyTerms {
  /** Bytes that it may have; absent: any. */
  readonly limit: number | undefined;
  /** A client that sends nothing for this long while the component waits is cut off; in ms. */
  readonly stalled: number;
  /** It may be sent to a second pod after a first one got some of it. */
  readonly isRepeatable: boolean;
  /** Told how many bytes have come. */
  readonly count: (bytes: number) => void;
}

/** Whether a request has a body. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** The body of one request. */
export class RequestBody {
  readonly #request: IncomingMessage;
  readonly #limit: number;
  readonly #count: BodyTerms['count'];
  readonly #patience: number;
  /** What has come, as long as all of it is kept. */
  #kept: Buffer[] | undefined;
  #received = 0;
  #hasBegun = false;
  #copy: BodyCopy | undefined;
  #stalled: NodeJS.Timeout | undefined;

  constructor(request: IncomingMessage, { limit = Infinity, stalled, isRepeatable, count }: BodyTerms) {
    this.#count = count;
    this.#request = request;
    this.#limit = limit;
    this.#patience = stalled;
    this.#kept = isRepeatable ? [] : undefined;
  }

  /** Whether it can still be sent from its beginning. */
  get isWhole(): boolean {
    return !this.#hasBegun || this.#kept !== undefined;
  }

  /** The body for a pod, from its beginning; what another pod was given before ends. */
  open(): Readable {
    this.#copy?.destroy();
    this.#copy = new BodyCopy(this.#kept ?? [], {
      read: () => this.#read(),
      left: () => this.#request.pause(),
    });
    return this.#copy;
  }

  /** Nobody takes it any more. What is left of it is read and dropped, so that an answer reaches a client that is still sending. */
  end(): void {
    clearTimeout(this.#stalled);
    this.#copy?.destroy();
    this.#copy = undefined;
    this.#kept = undefined;
    this.#request.removeAllListeners('data');
    this.#request.resume();
  }

  #read(): void {
    if (!this.#hasBegun) this.#begin();
    this.#stalled?.refresh();
    if (this.#request.readableEnded) this.#copy?.give(null);
    else this.#request.resume();
  }

  #begin(): void {
    const request = this.#request;
    this.#hasBegun = true;
    askForBody(request);
    this.#stalled = setTimeout(() => {
      if (!request.isPaused()) request.destroy(new Error('the client stopped sending'));
    }, this.#patience);
    request.on('data', (chunk: Buffer) => this.#take(chunk));
    request.on('end', () => {
      clearTimeout(this.#stalled);
      this.#copy?.give(null);
    });
    request.on('error', (cause) => this.#copy?.destroy(new ClientGone(cause.message, { cause })));
    request.on('close', () => {
      clearTimeout(this.#stalled);
      if (!request.complete) this.#copy?.destroy(new ClientGone('the client went away'));
    });
  }

  #take(chunk: Buffer): void {
    this.#stalled?.refresh();
    this.#received += chunk.length;
    this.#count(chunk.length);
    if (this.#received > mostKept) this.#kept = undefined;
    this.#kept?.push(chunk);
    if (this.#received > this.#limit) this.#copy?.destroy(new BodyTooLarge());
    else if (this.#copy?.give(chunk) === false) this.#request.pause();
  }
}

/** Where a copy comes from. */
interface Source {
  readonly read: () => void;
  /** Nobody takes this copy any more, as it failed. */
  readonly left: () => void;
}

/**
 * The body as one pod gets it. undici destroys the body of a request that fails: this one, so that the client's connection
 * survives and can be given an answer.
 */
class BodyCopy extends Readable {
  /** What comes first; null: its end. */
  readonly #next: (Buffer | null)[];
  readonly #source: Source;

  constructor(kept: readonly Buffer[], source: Source) {
    super();
    this.#next = [...kept];
    this.#source = source;
    // undici listens while it sends; an error after that concerns nobody, but would end the process.
    this.on('error', () => undefined);
  }

  /** Adds to it. @returns whether more may come at once. */
  give(chunk: Buffer | null): boolean {
    if (this.#next.length === 0) return this.push(chunk);
    this.#next.push(chunk);
    return false;
  }

  override _read(): void {
    for (;;) {
      const chunk = this.#next.shift();
      if (chunk === undefined) return this.#source.read();
      if (!this.push(chunk)) return;
    }
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (error !== null) this.#source.left();
    done(error);
  }
}
