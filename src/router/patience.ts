// How long things may take in a router, in ms.
import { deliveryDefaults } from '../core/routing/delivery-defaults.ts';
import { type ClientPatience, defaultClientPatience } from './server/http-server.ts';

/** How long a router waits. */
export interface Patience extends ClientPatience {
  /** From the request to the response's head. */
  readonly deadline: number;
  /** For a pod to become ready, while there are pods. */
  readonly comingUp: number;
  /** For a pod to appear: what is told of pods may lag behind what is told of versions. */
  readonly unseen: number;
  /** For the pod that calls to be told of: kubelets report addresses a second or two after the start. */
  readonly unknownCaller: number;
  /** For the watch to deliver what the API has. */
  readonly lagging: number;
}

export const defaultPatience: Patience = {
  ...defaultClientPatience,
  deadline: deliveryDefaults.timeout,
  comingUp: 5_000,
  unseen: 1_000,
  unknownCaller: 5_000,
  lagging: 5_000,
};
