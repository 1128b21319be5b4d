// What is to be delivered, and on what terms.
import type { DeliverySettings } from '../../core/version/app.ts';
import type { Tell } from '../requests/exchange.ts';
import type { Observation } from '../observers/observation.ts';

/** What is delivered. */
export interface Order {
  /** Workload key. */
  readonly workload: string;
  readonly component: string;
  readonly target: string;
  /** Headers of the request to the component: name, value, … */
  readonly headers: string[];
  /** Headers that are added to the response. */
  readonly added: readonly string[];
  /** Makes the headers of the response what the client gets (name, value, …); absent: they are that already. */
  readonly shape?: (headers: string[]) => string[];
  /** Makes of a problem what the client is told of it; absent: all. */
  readonly tell?: Tell;
  readonly observation: Observation;
  /** How much of the component is asked for at once. */
  readonly limits: DeliverySettings;
  /** Ms from now until the response must have begun; 0 or less: that time is over. */
  readonly timeout: number;
  /** Somebody has asked for that: it counts from the beginning, not from the last that came of the request's body. */
  readonly isFirm: boolean;
  /** Bytes that the request's body may have; absent: any. */
  readonly maxBody?: number;
}
