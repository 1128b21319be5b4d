// What one version runs in each virtual environment: computed when first needed, and once for all environments that are alike to it.
import { canonicalJson } from './canonical.ts';
import type { Environment } from './environment.ts';
import { workloadHashes } from './identity.ts';
import type { RoutedVersion } from './routed-version.ts';
import { workloadKey } from './workload.ts';

/** The workloads of a version, and the virtual environments in which these are its workloads. */
export interface Fabric {
  /** Workload keys by component. */
  readonly workloads: ReadonlyMap<string, string>;
  readonly environments: ReadonlySet<string>;
}

/** The fabrics of one version. Environments are alike to it if they give its variables the same values. */
export class Fabrics {
  readonly version: RoutedVersion;
  readonly #byValues = new Map<string, Fabric & { readonly environments: Set<string> }>();
  readonly #byEnvironment = new Map<string, Fabric>();

  constructor(version: RoutedVersion) {
    this.version = version;
  }

  /** The fabric of an environment. */
  in(environment: Environment): Fabric {
    const known = this.#byEnvironment.get(environment.name);
    if (known !== undefined) return known;
    const key = this.#valuesIn(environment);
    let fabric = this.#byValues.get(key);
    if (fabric === undefined) {
      fabric = { workloads: this.#workloadsIn(environment), environments: new Set() };
      this.#byValues.set(key, fabric);
    }
    fabric.environments.add(environment.name);
    this.#byEnvironment.set(environment.name, fabric);
    return fabric;
  }

  /** The fabrics of all `environments`, each once. */
  across(environments: Iterable<Environment>): Iterable<Fabric> {
    for (const environment of environments) this.in(environment);
    return this.#byValues.values();
  }

  /** An environment is gone or has other variables. */
  forget(environment: string): void {
    this.#byEnvironment.delete(environment);
    for (const [key, { environments }] of this.#byValues) {
      if (environments.delete(environment) && environments.size === 0) this.#byValues.delete(key);
    }
  }

  #valuesIn({ name, configuration, vars, secrets = {} }: Environment): string {
    const { variables, secretNames, isPerEnvironment } = this.version;
    return canonicalJson([
      variables.map((variable) => vars[variable] ?? null),
      secretNames.map((secret) => secrets[secret] ?? null),
      isPerEnvironment ? [name, configuration ?? null] : null,
    ]);
  }

  #workloadsIn(environment: Environment): Map<string, string> {
    const { app } = this.version;
    const hashes = workloadHashes(this.version, environment);
    return new Map(
      [...hashes].map(([component, hash]) => [component, workloadKey({ app, component, hash })]),
    );
  }
}
