// Which pod has an address now. Addresses are used again: a pod that has ended, or whose address another one got, has none.
import type { Caller } from '../../core/routing/hop.ts';

/** What a pod says of its addresses. */
export interface AddressClaim {
  readonly uid: string;
  readonly addresses: readonly string[];
  /** When it was started, in ms since 1970: of two pods with one address, the younger one has it. */
  readonly since: number;
  /** A process of it runs. */
  readonly mayCall: boolean;
  /** It is ending, and will have ended in so many ms. */
  readonly endsIn?: number;
  readonly caller: Caller;
}

interface Claim extends AddressClaim {
  /** When it will have ended, in ms since 1970. */
  readonly until: number;
  /** Addresses that another pod got: they never come back. */
  readonly lost: Set<string>;
}

/** What is told of a pod's end comes a little later than the end. In ms. */
const afterEnd = 2_000;

/** Pods by address. */
export class PodAddresses {
  readonly #claims = new Map<string, Claim>();
  /** Uid of the pod that has an address. */
  readonly #owners = new Map<string, string>();
  /** When the youngest pod was started that ever had an address: there are as many as a cluster has addresses for pods. */
  readonly #youngest = new Map<string, number>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** What is known of a pod now. */
  set(claim: AddressClaim): void {
    const before = this.#claims.get(claim.uid);
    const ends = claim.endsIn === undefined ? Infinity : this.#now() + claim.endsIn + afterEnd;
    const until = Math.min(before?.until ?? Infinity, ends);
    const stored: Claim = { ...claim, until, lost: before?.lost ?? new Set() };
    this.#claims.set(claim.uid, stored);
    for (const address of before?.addresses ?? [])
      if (!claim.addresses.includes(address)) this.#giveUp(address, claim.uid);
    for (const address of claim.addresses) this.#take(address, stored);
  }

  /** The pod is gone. */
  delete(uid: string): void {
    for (const address of this.#claims.get(uid)?.addresses ?? []) this.#giveUp(address, uid);
    this.#claims.delete(uid);
  }

  /** The pod that has an address, if its processes run. */
  ownerOf(address: string): Caller | undefined {
    const claim = this.#claims.get(this.#owners.get(address) ?? '');
    return claim?.mayCall === true && this.#now() < claim.until ? claim.caller : undefined;
  }

  #take(address: string, claim: Claim): void {
    const other = this.#claims.get(this.#owners.get(address) ?? '');
    if (other?.uid === claim.uid || claim.lost.has(address)) return;
    if (claim.since < (this.#youngest.get(address) ?? claim.since)) return;
    other?.lost.add(address);
    this.#owners.set(address, claim.uid);
    this.#youngest.set(address, claim.since);
  }

  #giveUp(address: string, uid: string): void {
    if (this.#owners.get(address) === uid) this.#owners.delete(address);
  }
}
