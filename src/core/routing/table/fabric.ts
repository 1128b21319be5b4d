// What one version runs in each virtual environment: computed when first needed, and once for all environments that are alike to it.
import { canonicalJson } from '../../version/canonical.ts';
import type { Environment } from '../../environments/environment.ts';
import { workloadHashes } from '../../version/identity.ts';
import type { Problem } from '../problem.ts';
import { requestVariableProblems, requestVariables } from '../../environments/request-variables.ts';
import type { RouteMatcher } from '../rules/route-matcher.ts';
import type { RoutedVersion, RouteTarget } from './routed-version.ts';
import { workloadKey } from '../../version/workload.ts';

/** The workloads of a version, and the virtual environments in which these are its workloads. */
export interface Fabric {
  /** Workload keys by component. */
  readonly workloads: ReadonlyMap<string, string>;
  readonly environments: ReadonlySet<string>;
}

/** What a component is told with a request: the header's value, nothing, or why that can't be said. */
export type Told = string | Problem | undefined;

interface SharedFabric extends Fabric {
  readonly environments: Set<string>;
  /** The values by which it is found. */
  readonly key: string;
}

/** What is worked out for one environment alone, where something needs it. */
interface Details {
  matcher?: RouteMatcher<RouteTarget>;
  readonly told: Map<string, Told>;
  readonly toldBelow: Map<string, string>;
}

/** The fabrics of one version. Environments are alike to it if they give its variables the same values. */
export class Fabrics {
  readonly version: RoutedVersion;
  readonly #environmentInForce: (name: string) => Environment | undefined;
  readonly #byValues = new Map<string, SharedFabric>();
  readonly #byEnvironment = new Map<string, SharedFabric>();
  readonly #details = new Map<string, Details>();

  /** @param environmentInForce what is in force for the version in an environment; undefined: nothing can be. */
  constructor(version: RoutedVersion, environmentInForce: (name: string) => Environment | undefined) {
    this.version = version;
    this.#environmentInForce = environmentInForce;
  }

  /** The fabric of an environment; undefined where nothing is in force. */
  in(name: string): Fabric | undefined {
    const known = this.#byEnvironment.get(name);
    if (known !== undefined) return known;
    const environment = this.#environmentInForce(name);
    if (environment === undefined) return undefined;
    const key = this.#valuesIn(environment);
    let fabric = this.#byValues.get(key);
    if (fabric === undefined) {
      fabric = { workloads: this.#workloadsIn(environment), environments: new Set(), key };
      this.#byValues.set(key, fabric);
    }
    fabric.environments.add(name);
    this.#byEnvironment.set(name, fabric);
    return fabric;
  }

  /** The fabrics of all environments of these names, each once. */
  across(names: Iterable<string>): Iterable<Fabric> {
    for (const name of names) this.in(name);
    return this.#byValues.values();
  }

  /** Finds the component that a request enters at in an environment. */
  matcherIn(name: string): RouteMatcher<RouteTarget> {
    if (!this.version.hasTemplates) return this.version.matcherIn(nothing);
    const details = this.#detailsOf(name);
    return (details.matcher ??= this.version.matcherIn(this.#environmentInForce(name) ?? nothing));
  }

  /** What a component is told with each request of an environment. */
  toldIn(name: string, component: string): Told {
    if (!this.version.toldByRequest.has(component)) return undefined;
    const { told } = this.#detailsOf(name);
    if (!told.has(component)) told.set(component, this.#tell(name, component));
    return told.get(component);
  }

  /** What a component and all that can be reached by its calls are told in an environment, as a text to compare. */
  toldBelow(name: string, component: string): string {
    if (this.version.toldByRequest.size === 0) return '';
    const { toldBelow } = this.#detailsOf(name);
    let text = toldBelow.get(component);
    if (text === undefined) {
      const reached = new Set([component]);
      for (const each of reached)
        for (const callee of this.version.components[each]?.template.calls ?? []) reached.add(callee);
      const told = [...reached].toSorted().flatMap((each) => {
        const value = this.toldIn(name, each);
        if (value === undefined) return [];
        // What can't be said can't be told apart either, whoever it is of.
        return [[each, typeof value === 'string' ? value : null]];
      });
      // Nothing is the same in every version, also in one in which nobody is told anything.
      text = told.length === 0 ? '' : JSON.stringify(told);
      toldBelow.set(component, text);
    }
    return text;
  }

  /**
   * Something else is in force in an environment, or nothing any more. @returns what the version ran there, as far as that
   * was worked out; undefined also where it goes on running just that: a value that comes with each request changes nothing.
   */
  refresh(environment: string): Fabric | undefined {
    const known = this.#byEnvironment.get(environment);
    const now = known === undefined ? undefined : this.#environmentInForce(environment);
    if (now === undefined || known?.key !== this.#valuesIn(now)) return this.forget(environment);
    this.#details.delete(environment);
    return undefined;
  }

  /** The version no longer runs in an environment. @returns what the version ran there, as far as that was worked out. */
  forget(environment: string): Fabric | undefined {
    this.#details.delete(environment);
    const fabric = this.#byEnvironment.get(environment);
    if (fabric === undefined) return undefined;
    this.#byEnvironment.delete(environment);
    fabric.environments.delete(environment);
    if (fabric.environments.size === 0) this.#byValues.delete(fabric.key);
    return fabric;
  }

  #detailsOf(environment: string): Details {
    let details = this.#details.get(environment);
    if (details === undefined) {
      details = { told: new Map(), toldBelow: new Map() };
      this.#details.set(environment, details);
    }
    return details;
  }

  #tell(name: string, component: string): Told {
    const template = this.version.components[component]?.template;
    const environment = this.#environmentInForce(name);
    if (template === undefined || environment === undefined) return undefined;
    const problems = requestVariableProblems(template, environment);
    return problems.length === 0
      ? requestVariables(template, environment)
      : untold(this.version, component, name, problems);
  }

  #valuesIn({ name, configuration, vars, secrets = {} }: Environment): string {
    const { variables, secretNames, isPerEnvironment } = this.version;
    return canonicalJson([
      variables.map((variable) => (Object.hasOwn(vars, variable) ? vars[variable] : undefined) ?? null),
      secretNames.map((secret) => (Object.hasOwn(secrets, secret) ? secrets[secret] : undefined) ?? null),
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

const nothing = { vars: {} };

function untold(
  { app, deployment }: RoutedVersion,
  component: string,
  environment: string,
  problems: ReturnType<typeof requestVariableProblems>,
): Problem {
  const what = problems.map(({ path, message }) => `${path.replace(/^env\.?/, '') || 'it'} ${message}`);
  return {
    problem: 'variables-missing',
    detail: `${component} of ${deployment} can't be told its variables of virtual environment ${environment}: ${what.join('; ')}.`,
    try: [`fox env set -e ${environment} <NAME>=<value>`, `fox validate -e ${environment} --app ${app}`],
    facts: { component, environment, problems: problems.map(({ path }) => path) },
  };
}
