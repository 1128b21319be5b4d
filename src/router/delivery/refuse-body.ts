// Refuses a request for its body, so that a client that is still sending it gets to read why.
import type { IncomingMessage } from 'node:http';
import type { Problem } from '../../core/routing/problem.ts';
import { type Observed, writeObserved } from '../requests/answer.ts';
import { isHeldBack } from '../server/held-body.ts';

/** The client may go on sending for so long after the answer, in ms. */
const lingerMilliseconds = 2_000;

/**
 * Answers, reads and drops what still comes, and then closes the connection. Closed at once, with bytes that nobody has read,
 * it would be reset, and the answer would be lost on its way (RFC 9112, 9.6).
 */
export function refuseBody(request: IncomingMessage, observed: Observed, problem: Problem): void {
  const { response, added } = observed;
  if (!writeObserved({ ...observed, added: [...added, 'connection', 'close'] }, problem)) return;
  const end = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, lingerMilliseconds);
  response.once('close', () => clearTimeout(timer));
  if (request.readableEnded || isHeldBack(request)) return end();
  request.once('end', end);
  request.resume();
}
