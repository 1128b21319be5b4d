// What a connection says of who sends a request.
import type { IncomingMessage } from 'node:http';
import { plainAddress } from '../../core/routing/networks.ts';

/** Address of the peer: of the client, or of a proxy or a pod that stands between. */
export function peerAddress({ socket }: IncomingMessage): string {
  return plainAddress(socket.remoteAddress ?? 'unknown');
}
