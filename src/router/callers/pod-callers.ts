// Who calls, on Kubernetes: the pod whose address the connection comes from. The callee is the host that it asks for.
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Caller } from '../../core/routing/hop.ts';
import type { Problem } from '../../core/routing/problem.ts';
import { calleeOfHost } from './callee-host.ts';
import type { Callers, OnCall } from './callers.ts';
import { peerAddress } from '../server/peer-address.ts';
import { type AddressClaim, PodAddresses } from './pod-addresses.ts';
import type { RoutedPod } from '../cluster/routed-pod.ts';

/** More calls of one unknown address aren't kept waiting. */
const mostWaiting = 100;

/** Callers by the address of their pod. */
export class PodCallers implements Callers {
  readonly #namespace: string;
  readonly #patience: number;
  readonly #addresses = new PodAddresses();
  /** A connection belongs to the pod that opened it: its address may go to another pod, the connection can't. */
  readonly #connections = new WeakMap<Socket, Caller>();
  readonly #waiting = new Map<string, Set<() => void>>();

  /** @param patience how long a call of an unknown address waits for its pod to be told of, in ms. */
  constructor(namespace: string, patience: number) {
    this.#namespace = namespace;
    this.#patience = patience;
  }

  identify(request: IncomingMessage, onCall: OnCall): void {
    const callee = calleeOfHost(request.headers.host ?? '', this.#namespace);
    if (callee === undefined) return onCall(this.#unknownCallee(request));
    const caller = this.#callerOf(request);
    if (caller !== undefined) return onCall({ caller, callee });
    this.#wait(peerAddress(request), () => {
      const known = this.#callerOf(request);
      onCall(known === undefined ? this.#unknownCaller(request) : { caller: known, callee });
    });
  }

  setPod(pod: RoutedPod): void {
    this.#addresses.set(claimOf(pod));
    for (const address of pod.addresses) {
      if (this.#addresses.ownerOf(address) === undefined) continue;
      for (const tryAgain of this.#waiting.get(address) ?? []) tryAgain();
    }
  }

  deletePod({ uid }: RoutedPod): void {
    this.#addresses.delete(uid);
  }

  #callerOf(request: IncomingMessage): Caller | undefined {
    const { socket } = request;
    const known = this.#connections.get(socket) ?? this.#addresses.ownerOf(peerAddress(request));
    if (known !== undefined) this.#connections.set(socket, known);
    return known;
  }

  /** Tries again when a pod of that address is told of, or when the time is over. */
  #wait(address: string, tryAgain: () => void): void {
    const waiting = this.#waiting.get(address) ?? new Set();
    if (waiting.size >= mostWaiting) return tryAgain();
    this.#waiting.set(address, waiting);
    const end = () => {
      clearTimeout(timer);
      waiting.delete(end);
      if (waiting.size === 0 && this.#waiting.get(address) === waiting) this.#waiting.delete(address);
      tryAgain();
    };
    const timer = setTimeout(end, this.#patience);
    waiting.add(end);
  }

  #unknownCaller(request: IncomingMessage): Problem {
    const address = peerAddress(request);
    return {
      problem: 'unknown-caller',
      detail: `No pod of fox in the namespace ${this.#namespace} has the address ${address}, from which this request comes.`,
      try: [
        "Call the edge of the router from outside of fox's pods. Pods on the host's network, and calls through proxies that hide the pod's address, can't be recognised.",
      ],
      facts: { address },
    };
  }

  #unknownCallee({ headers: { host = '' } }: IncomingMessage): Problem {
    return {
      problem: 'bad-request',
      detail: `The Host header ${JSON.stringify(host.slice(0, 200))} names no component of the namespace ${this.#namespace}.`,
      try: ['Call components by their <NAME>_URL, and leave the Host header as the HTTP client sets it.'],
    };
  }
}

function claimOf(pod: RoutedPod): AddressClaim {
  const { uid, app, component, workload, calls, addresses, since, mayCall, graceSeconds } = pod;
  return {
    uid,
    addresses,
    since,
    mayCall,
    ...(graceSeconds === undefined ? {} : { endsIn: graceSeconds * 1_000 }),
    caller: { app, component, workload, calls },
  };
}
