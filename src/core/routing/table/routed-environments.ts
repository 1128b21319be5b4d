// The virtual environments of a router: what is in force in each, worked out anew only where something changed.
import { canonicalJson } from '../../version/canonical.ts';
import type { EnvironmentDefinition } from '../../environments/environment-definition.ts';
import {
  descendantsOf,
  type EffectiveEnvironment,
  effectiveEnvironment,
} from '../../environments/inheritance.ts';

/** Environments, to be read. */
export type KnownEnvironments = Omit<RoutedEnvironments, 'set' | 'setDamaged' | 'delete'>;

/**
 * Environments by name. One that can't be worked out any more, because an ancestor is gone or can't be read, goes on being
 * what it was; one that never could is broken.
 */
export class RoutedEnvironments {
  readonly #definitions = new Map<string, EnvironmentDefinition>();
  readonly #inForce = new Map<string, EffectiveEnvironment>();
  /** Why environments' objects can't be read. */
  readonly #damaged = new Map<string, string>();
  /** Why lines of parents are broken. */
  readonly #broken = new Map<string, string>();
  readonly #defaults = new Set<string>();
  readonly #byHost = new Addresses();
  readonly #bySubPath = new Addresses();

  /** @returns names of environments in which other values are in force now: itself, and what inherits from it. */
  set(definition: EnvironmentDefinition, isDefault: boolean): string[] {
    const { name, hosts = [], subPath } = definition;
    this.#definitions.set(name, definition);
    this.#damaged.delete(name);
    this.#byHost.set(name, hosts);
    this.#bySubPath.set(name, subPath === undefined ? [] : [subPath]);
    if (isDefault) this.#defaults.add(name);
    else this.#defaults.delete(name);
    return [name, ...descendantsOf(this.#definitions, name)].filter((each) => this.#workOut(each));
  }

  /** Its object can't be read. What was known of it goes on being served. */
  setDamaged(name: string, why: string): void {
    this.#damaged.set(name, why);
    // What those that inherit from it lack isn't a parent.
    for (const each of descendantsOf(this.#definitions, name)) this.#workOut(each);
  }

  /** @returns names of environments in which other values are in force now. */
  delete(name: string): string[] {
    const descendants = descendantsOf(this.#definitions, name);
    this.#definitions.delete(name);
    this.#byHost.set(name, []);
    this.#bySubPath.set(name, []);
    this.#defaults.delete(name);
    this.#damaged.delete(name);
    this.#broken.delete(name);
    const wasKnown = this.#inForce.delete(name);
    return [...(wasKnown ? [name] : []), ...descendants.filter((each) => this.#workOut(each))];
  }

  /** Names of all, broken ones included; sorted. */
  get names(): string[] {
    const known = [this.#inForce, this.#damaged, this.#broken].flatMap((each) => [...each.keys()]);
    return [...new Set(known)].toSorted();
  }

  has(name: string): boolean {
    return this.#inForce.has(name) || this.#damaged.has(name) || this.#broken.has(name);
  }

  /** What is in force in an environment; undefined if there is none, or it is broken. */
  get(name: string): EffectiveEnvironment | undefined {
    return this.#inForce.get(name);
  }

  /** Why what an environment says now can't be used, as a sentence fragment; undefined if it can. */
  damage(name: string): string | undefined {
    return this.#damaged.get(name) ?? this.#broken.get(name);
  }

  /** The ancestor of an environment that doesn't exist. */
  missingAncestor(name: string): string | undefined {
    const seen = new Set<string>();
    for (let each = this.#definitions.get(name); each?.parent !== undefined && !seen.has(each.name);) {
      seen.add(each.name);
      const parent = this.#definitions.get(each.parent);
      if (parent === undefined) return this.#damaged.has(each.parent) ? undefined : each.parent;
      each = parent;
    }
    return undefined;
  }

  /** What an environment says itself, as far as that can be read. */
  definition(name: string): EnvironmentDefinition | undefined {
    return this.#definitions.get(name);
  }

  /** Where traffic goes that doesn't say where; the first by name, should several claim it. */
  get default(): string | undefined {
    if (this.#defaults.size > 1) return [...this.#defaults].toSorted()[0];
    const [only] = this.#defaults;
    return only;
  }

  /** Whether any environment has hosts. */
  get haveHosts(): boolean {
    return this.#byHost.size > 0;
  }

  /** Whether any environment has a sub-path. */
  get haveSubPaths(): boolean {
    return this.#bySubPath.size > 0;
  }

  /** The environment of a host: lower case, without port. */
  ofHost(host: string): string | undefined {
    return this.#byHost.find(host);
  }

  /** The environment of a sub-path. */
  ofSubPath(segment: string): string | undefined {
    return this.#bySubPath.find(segment);
  }

  /** @returns whether other values are in force now. */
  #workOut(name: string): boolean {
    const now = effectiveEnvironment(this.#definitions, name, this.#damaged);
    if (typeof now === 'string') {
      this.#broken.set(name, now);
      return false;
    }
    const before = this.#inForce.get(name);
    this.#broken.delete(name);
    this.#inForce.set(name, now);
    return before === undefined || valuesOf(before) !== valuesOf(now);
  }
}

function valuesOf({ vars, secrets }: EffectiveEnvironment): string {
  return canonicalJson([vars, secrets]);
}

/** Addresses and who has them: the first by name, should several claim one, so that all routers agree. */
class Addresses {
  readonly #claims = new Map<string, readonly string[]>();
  readonly #owners = new Map<string, string>();

  get size(): number {
    return this.#owners.size;
  }

  find(address: string): string | undefined {
    return this.#owners.get(address);
  }

  set(owner: string, addresses: readonly string[]): void {
    const before = this.#claims.get(owner) ?? [];
    if (addresses.length === 0) this.#claims.delete(owner);
    else this.#claims.set(owner, addresses);
    for (const address of new Set([...before, ...addresses])) {
      const [first] = [...this.#claims.keys()]
        .filter((each) => this.#claims.get(each)?.includes(address) === true)
        .toSorted();
      if (first === undefined) this.#owners.delete(address);
      else this.#owners.set(address, first);
    }
  }
}
