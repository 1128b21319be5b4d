// Frames of a WebSocket as a client sends and receives them (RFC 6455, section 5.2).
import { randomFillSync } from 'node:crypto';

/** What a frame is for. */
export const opcode = {
  continuation: 0x0,
  text: 0x1,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
} as const;

/** A frame that was received. */
export interface Frame {
  readonly opcode: number;
  /** The last of its message. */
  readonly isLast: boolean;
  readonly payload: Buffer;
}

/** A frame to a server, whole message, masked as the protocol demands of clients. */
export function clientFrame(code: number, ...parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const header = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(header + 4 + length);
  frame[0] = 0x80 | code;
  if (header === 2) frame[1] = 0x80 | length;
  else if (header === 4) {
    frame[1] = 0x80 | 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 0x80 | 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  const mask = randomFillSync(frame.subarray(header, header + 4));
  let at = header + 4;
  for (const part of parts) {
    frame.set(part, at);
    at += part.length;
  }
  for (let index = 0; index < length; index++) {
    const position = header + 4 + index;
    frame[position] = (frame[position] ?? 0) ^ (mask[index & 3] ?? 0);
  }
  return frame;
}

/** Longest frame that is accepted: what API servers send in one is bounded far below. */
const maxPayload = 32 * 1024 * 1024;

/** Takes frames out of bytes as they come in. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  /** Frames that are complete with these bytes. @throws Error for a frame that no server may send. */
  *read(chunk: Buffer): Generator<Frame> {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) yield frame;
  }

  #next(): Frame | undefined {
    const [first, second] = this.#rest;
    if (first === undefined || second === undefined) return undefined;
    if ((first & 0x70) !== 0 || (second & 0x80) !== 0) throw new Error('a WebSocket frame is malformed');
    const short = second & 0x7f;
    const header = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (this.#rest.length < header) return undefined;
    const length =
      short < 126
        ? short
        : short === 126
          ? this.#rest.readUInt16BE(2)
          : Number(this.#rest.readBigUInt64BE(2));
    if (length > maxPayload) throw new Error(`a WebSocket frame is too long: ${length} bytes`);
    if (this.#rest.length < header + length) return undefined;
    const payload = this.#rest.subarray(header, header + length);
    this.#rest = this.#rest.subarray(header + length);
    return { opcode: first & 0x0f, isLast: (first & 0x80) !== 0, payload };
  }
}
