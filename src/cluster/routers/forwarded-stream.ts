// One connection to a port of a pod, carried by Kubernetes' channel protocol over a WebSocket.
import { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

const [dataChannel, errorChannel] = [0, 1];
/** Each channel begins with the number of the port that it is for. */
const portBytes = 2;
/** Longest piece that is sent in one message. */
const pieceBytes = 32 * 1024;

/**
 * Bytes to and from a port of a pod. Reading and writing wait for each other's pace. The protocol can't tell that one
 * side has ended: `end` sends nothing, and the stream lives until the pod ends it or it is destroyed.
 */
export class ForwardedStream extends Duplex {
  readonly #socket: WebSocket;
  readonly #skip = [portBytes, portBytes];
  #error = '';

  /** @param socket is open, gives its messages as Buffers, and has delivered none yet. */
  constructor(socket: WebSocket) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    socket.on('message', (message) => this.#take(message as Buffer));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.#finish());
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _: BufferEncoding, callback: (error?: Error | null) => void): void {
    if (chunk.length === 0) callback();
    for (let at = 0; at < chunk.length; at += pieceBytes) {
      const piece = Buffer.concat([Buffer.of(dataChannel), chunk.subarray(at, at + pieceBytes)]);
      // The last one's word that it has left is the whole chunk's.
      if (at + pieceBytes >= chunk.length) this.#socket.send(piece, callback);
      else this.#socket.send(piece);
    }
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#socket.close(1000);
    // Nobody waits for the other side's farewell.
    this.#socket.terminate();
    callback(error);
  }

  #take(message: Buffer): void {
    const channel = message[0] ?? dataChannel;
    const content = message.subarray(1);
    const skip = Math.min(this.#skip[channel] ?? 0, content.length);
    this.#skip[channel] = (this.#skip[channel] ?? 0) - skip;
    const bytes = content.subarray(skip);
    if (bytes.length === 0 || this.destroyed) return;
    if (channel === errorChannel) this.#error += bytes.toString('utf8');
    else if (channel === dataChannel && !this.readableEnded && !this.push(bytes)) this.#socket.pause();
  }

  /** Nothing more comes. What the error channel said is why. */
  #finish(): void {
    if (this.destroyed || this.readableEnded) return;
    if (this.#error === '') this.push(null);
    else this.destroy(new Error(this.#error.trim()));
  }
}
