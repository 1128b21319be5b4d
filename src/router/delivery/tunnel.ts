// Two connections that have become one: bytes go both ways as they come, at the pace of whoever is slower.
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Observation } from '../observers/observation.ts';

/** Whoever has nothing to say for this long is asked whether he is still there; ten seconds without an answer end the tunnel. In ms. */
const keepAliveMilliseconds = 30_000;
/** After one side has ended, the other may be silent for this long, in ms. */
const lingerMilliseconds = 30_000;

/**
 * Joins two connections until both have ended. An end of one side ends the other once it has got what came before; a side
 * may go on sending after it was told that the other one will send no more. Silence ends nothing.
 */
export function joinConnections(one: Socket, other: Socket): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.setNoDelay(true);
    from.setKeepAlive(true, keepAliveMilliseconds);
    from.setTimeout(0);
    // Must be said before the end comes; undici's sockets end both ways at once.
    from.allowHalfOpen = true;
    // What broke is followed by 'close'.
    from.on('error', () => undefined);
    from.once('end', () => linger(to));
    from.once('close', () => {
      // Nobody is there any more who could take what comes from there: what is on its way goes out, and that is it.
      linger(to);
      to.destroySoon();
    });
    from.pipe(to);
  }
}

/** A side that isn't ended by its peer, nor takes what it is sent, is ended. */
function linger(socket: Socket): void {
  socket.setTimeout(lingerMilliseconds, () => socket.destroy());
}

/** Notes of a tunnel that is about to begin how much goes through it, and who ends it. */
export function observeTunnel(observation: Observation, response: ServerResponse, component: Socket): void {
  const client = response.socket;
  if (client === null) return;
  const { bytesRead, bytesWritten } = client;
  observation.answered = performance.now();
  component.once('end', () => (observation.end ??= 'complete'));
  component.once('error', () => (observation.end ??= 'broken'));
  client.once('end', () => (observation.end ??= 'client-gone'));
  // Before those are told who look at it then.
  response.prependOnceListener('close', () => {
    observation.bytesIn = client.bytesRead - bytesRead;
    observation.bytesOut = client.bytesWritten - bytesWritten;
  });
}
