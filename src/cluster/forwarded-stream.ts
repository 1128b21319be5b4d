// One connection to a port of a pod, carried by Kubernetes' channel protocol over a WebSocket.
import { Duplex } from 'node:stream';
import { clientFrame, FrameReader, opcode } from './web-socket-frame.ts';

const [dataChannel, errorChannel] = [0, 1];
/** Each channel begins with the number of the port that it is for. */
const portBytes = 2;
/** Longest piece that is sent in one frame. */
const pieceBytes = 32 * 1024;

/**
 * Bytes to and from a port of a pod. Reading and writing wait for each other's pace. The protocol can't tell that one
 * side has ended: `end` sends nothing, and the stream lives until the pod ends it or it is destroyed.
 */
export class ForwardedStream extends Duplex {
  readonly #socket: Duplex;
  readonly #frames = new FrameReader();
  readonly #skip = [portBytes, portBytes];
  /** Channel of the message that a continuation belongs to. */
  #channel = dataChannel;
  #error = '';

  /** @param socket the upgraded connection. @param head what came with the answer to the upgrade. */
  constructor(socket: Duplex, head: Buffer) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('end', () => this.#finish());
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.#finish());
    if (head.length > 0) this.#take(head);
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _: BufferEncoding, callback: (error?: Error | null) => void): void {
    const pieces = [];
    for (let at = 0; at < chunk.length; at += pieceBytes)
      pieces.push(clientFrame(opcode.binary, Buffer.of(dataChannel), chunk.subarray(at, at + pieceBytes)));
    this.#socket.write(Buffer.concat(pieces), callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    callback();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (this.#socket.writable) this.#socket.end(clientFrame(opcode.close, Buffer.of(0x03, 0xe8)));
    this.#socket.destroy();
    callback(error);
  }

  #take(chunk: Buffer): void {
    try {
      for (const frame of this.#frames.read(chunk)) {
        if (frame.opcode === opcode.close) this.#finish();
        else if (frame.opcode === opcode.ping) this.#socket.write(clientFrame(opcode.pong, frame.payload));
        else if (frame.opcode !== opcode.pong) this.#message(frame.payload, frame.opcode);
      }
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #message(payload: Buffer, code: number): void {
    if (code !== opcode.continuation) this.#channel = payload[0] ?? dataChannel;
    const content = code === opcode.continuation ? payload : payload.subarray(1);
    const skip = Math.min(this.#skip[this.#channel] ?? 0, content.length);
    this.#skip[this.#channel] = (this.#skip[this.#channel] ?? 0) - skip;
    const bytes = content.subarray(skip);
    if (bytes.length === 0 || this.destroyed) return;
    if (this.#channel === errorChannel) this.#error += bytes.toString('utf8');
    else if (this.#channel === dataChannel && !this.readableEnded && !this.push(bytes)) this.#socket.pause();
  }

  /** Nothing more comes. What the error channel said is why. */
  #finish(): void {
    if (this.destroyed || this.readableEnded) return;
    if (this.#error === '') this.push(null);
    else this.destroy(new Error(this.#error.trim()));
  }
}
