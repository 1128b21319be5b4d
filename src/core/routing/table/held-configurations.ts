// The configurations that releases in stable virtual environments hold on to, as a router knows them.
import type { Environment } from '../../environments/environment.ts';

/** A version that runs in an environment with the configuration that a release of it holds on to. */
export interface HeldPair {
  readonly app: string;
  readonly version: string;
  readonly environment: string;
  /** Name of its ConfigMap. */
  readonly configuration: string;
}

/** What a pair holds on to: the environment as it was, or the name of the configuration that isn't there. */
export type Held = Environment | { readonly missing: string };

/** Configurations by name, and who holds on to them. Either may be known before the other. */
export class HeldConfigurations {
  readonly #pairs = new Map<string, HeldPair>();
  readonly #configurations = new Map<string, Environment>();

  /** All pairs that hold on to something. @returns those for which that has changed. */
  setPairs(pairs: readonly HeldPair[]): HeldPair[] {
    const before = new Map(this.#pairs);
    this.#pairs.clear();
    for (const pair of pairs) this.#pairs.set(keyOf(pair), pair);
    const changed = (a: ReadonlyMap<string, HeldPair>, b: ReadonlyMap<string, HeldPair>) =>
      [...a].filter(([key, { configuration }]) => b.get(key)?.configuration !== configuration);
    const all = new Map([...changed(before, this.#pairs), ...changed(this.#pairs, before)]);
    return [...all.values()];
  }

  /** @returns pairs that hold on to it. */
  set(name: string, configuration: Environment): HeldPair[] {
    this.#configurations.set(name, configuration);
    return this.#holdersOf(name);
  }

  /** @returns pairs that hold on to it. */
  delete(name: string): HeldPair[] {
    return this.#configurations.delete(name) ? this.#holdersOf(name) : [];
  }

  has(name: string): boolean {
    return this.#configurations.has(name);
  }

  /** What a pair holds on to; undefined: nothing, the environment is in force as it is. */
  of(pair: Omit<HeldPair, 'configuration'>): Held | undefined {
    if (this.#pairs.size === 0) return undefined;
    const name = this.#pairs.get(keyOf(pair))?.configuration;
    return name === undefined ? undefined : (this.#configurations.get(name) ?? { missing: name });
  }

  #holdersOf(name: string): HeldPair[] {
    return [...this.#pairs.values()].filter(({ configuration }) => configuration === name);
  }
}

/** No name contains a space. */
function keyOf({ app, version, environment }: Omit<HeldPair, 'configuration'>): string {
  return `${app} ${version} ${environment}`;
}
