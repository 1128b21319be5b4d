// Takes lines and counted bytes off a stream.
import type { Readable } from 'node:stream';

/** Reads a stream piece by piece; what isn't taken yet waits in the stream. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(stream: Readable) {
    // Node throws away what a child's stream still holds when the child exits, unless somebody listens already.
    stream.on('readable', () => undefined);
    this.#chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  /** The next line without its end; undefined where the stream ends before it does. */
  async line(): Promise<string | undefined> {
    let end = this.#rest.indexOf(0x0a);
    while (end < 0) {
      const chunk = await this.#next();
      if (chunk === undefined) return undefined;
      this.#rest = Buffer.concat([this.#rest, chunk]);
      end = this.#rest.indexOf(0x0a);
    }
    const line = this.#rest.toString('utf8', 0, end);
    this.#rest = this.#rest.subarray(end + 1);
    return line;
  }

  /** The next `count` bytes in pieces; fewer where the stream ends. */
  async *bytes(count: number): AsyncGenerator<Buffer> {
    for (let left = count; left > 0;) {
      if (this.#rest.length === 0) {
        const chunk = await this.#next();
        if (chunk === undefined) return;
        this.#rest = chunk;
      }
      const part = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  async #next(): Promise<Buffer | undefined> {
    const { value, done } = await this.#chunks.next();
    return done === true ? undefined : value;
  }
}
