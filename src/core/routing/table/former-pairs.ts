// What pairs ran until a moment ago: requests that are under way there end where they began.
import type { RoutedVersion } from './routed-version.ts';

/** A version in an environment, with the workloads that it had there. */
export interface FormerPair {
  readonly version: RoutedVersion;
  readonly environment: string;
  /** Workload keys by component. */
  readonly workloads: ReadonlyMap<string, string>;
}

/** Of one pair, no more than this is kept. */
const mostKept = 8;

/** Former pairs, forgotten after {@link age} has been called twice. */
export class FormerPairs {
  #young = new Map<string, FormerPair[]>();
  #old = new Map<string, FormerPair[]>();

  add(pair: FormerPair): void {
    const key = keyOf(pair.version.app, pair.version.name, pair.environment);
    this.#young.set(key, [pair, ...(this.#young.get(key) ?? [])].slice(0, mostKept));
  }

  /** What a version ran in an environment; the latest first. */
  of(app: string, version: string, environment: string): readonly FormerPair[] {
    if (this.#isEmpty) return [];
    const key = keyOf(app, version, environment);
    return [...(this.#young.get(key) ?? []), ...(this.#old.get(key) ?? [])];
  }

  /** Former pairs of an app in which `workload` was the workload of `component`; the latest of each pair. */
  withWorkload(app: string, component: string, workload: string): FormerPair[] {
    if (this.#isEmpty) return [];
    const keys = new Set([...this.#young.keys(), ...this.#old.keys()]);
    return [...keys].flatMap((key) => {
      const pairs = [...(this.#young.get(key) ?? []), ...(this.#old.get(key) ?? [])];
      const found = pairs.find(
        ({ version, workloads }) => version.app === app && workloads.get(component) === workload,
      );
      return found === undefined ? [] : [found];
    });
  }

  /** Time passes. */
  age(): void {
    this.#old = this.#young;
    this.#young = new Map();
  }

  get #isEmpty(): boolean {
    return this.#young.size === 0 && this.#old.size === 0;
  }
}

function keyOf(app: string, version: string, environment: string): string {
  return `${app} ${version} ${environment}`;
}
