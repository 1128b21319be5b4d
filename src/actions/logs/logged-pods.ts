// Which pods `fox logs` shows: those of a component or of all, that serve a version or any; and which versions each serves.
import type { Namespace, NamespaceState } from '../../cluster/namespace.ts';
import type { PodView } from '../../cluster/objects/pod-object.ts';
import { FoxError } from '../../core/errors.ts';
import { label } from '../../core/labels.ts';
import { didYouMean } from '../../core/names.ts';
import { environmentFor, versionsOf, type WantedWorkload, wantedWorkloads } from '../../core/plan/wanted.ts';
import { workloadKey, workloadsOf } from '../../core/version/workload.ts';
import { environmentsByName } from '../environments/known/known-environments.ts';
import { findVersion, requireEnvironment } from '../lookup/lookup.ts';
import type { Workspace } from '../place/workspace.ts';

/** Which pods are meant; without a member, all. */
export interface PodChoice {
  readonly component?: string;
  readonly version?: string;
  readonly virtualEnv?: string;
  /** There may be none yet. */
  readonly follow?: boolean;
}

/** A selection of pods. */
export interface LoggedPods {
  readonly labelSelector: string;
  /** Those that are there, in the order of components. */
  readonly now: readonly PodView[];
  isWanted(this: void, pod: PodView): boolean;
  /** Versions that a pod serves. */
  versionsOf(this: void, pod: PodView): readonly string[];
}

/** Finds the pods that are meant. @throws FoxError NOT_FOUND for what doesn't exist, and where there are none. */
export async function selectLoggedPods(
  { component, version, virtualEnv, follow }: PodChoice,
  { app }: Pick<Workspace, 'app'>,
  namespace: Namespace,
): Promise<LoggedPods> {
  const state = await namespace.observe();
  const own = state.workloads.filter((workload) => workload.app === app);
  const known = [...new Set(own.map((workload) => workload.component))];
  if (component !== undefined && !known.includes(component)) throw unknownComponent(component, known);
  if (virtualEnv !== undefined) requireEnvironment(state, virtualEnv);
  const keys =
    version === undefined && virtualEnv === undefined ? undefined : keysOf(state, app, version, virtualEnv);
  if (component !== undefined && version !== undefined && keys !== undefined)
    requireIn(keys, app, component, version);
  const isWanted = (pod: PodView) => keys?.has(workloadKey(pod)) ?? true;
  const selection = { app, ...(component === undefined ? {} : { component }) };
  const now = (await namespace.pods(selection)).filter(isWanted);
  if (now.length === 0 && follow !== true) throw noPods(component);
  const versions = new ServedVersions(namespace, app, state);
  const labels = [
    `${label.app}=${app}`,
    ...(component === undefined ? [] : [`${label.component}=${component}`]),
  ];
  return {
    labelSelector: [...labels, label.hash].join(','),
    now: now.toSorted((a, b) => a.component.localeCompare(b.component) || a.name.localeCompare(b.name)),
    isWanted,
    versionsOf: (pod) => versions.of(pod),
  };
}

/** A version is written when its pods are ready: those that nobody wants yet are looked up again, at most so often (ms). */
const lookUpMilliseconds = 5_000;

/** Who wants which pod, as far as it is known. */
class ServedVersions {
  readonly #namespace: Namespace;
  readonly #app: string;
  #wanted: ReadonlyMap<string, WantedWorkload>;
  #lookedAt = performance.now();

  constructor(namespace: Namespace, app: string, state: NamespaceState) {
    this.#namespace = namespace;
    this.#app = app;
    this.#wanted = this.#read(state);
  }

  of(pod: PodView): string[] {
    const wanted = this.#wanted.get(workloadKey(pod));
    if (wanted === undefined && performance.now() - this.#lookedAt > lookUpMilliseconds) this.#lookAgain();
    return versionsOf(wanted?.wants ?? []);
  }

  #lookAgain(): void {
    this.#lookedAt = performance.now();
    const keep = (state: NamespaceState) => {
      this.#wanted = this.#read(state);
    };
    // Names are an extra: without them lines are shown all the same.
    this.#namespace.observe().then(keep, () => undefined);
  }

  #read(state: NamespaceState): ReadonlyMap<string, WantedWorkload> {
    const own = state.versions.filter(({ app }) => app === this.#app);
    return wantedWorkloads(own, environmentsByName(state));
  }
}

/** Keys of the workloads of a version or of all versions, wherever they run or in one environment. */
function keysOf(
  state: NamespaceState,
  app: string,
  version: string | undefined,
  virtualEnv: string | undefined,
): Set<string> {
  const environments = environmentsByName(state);
  const own = state.versions.filter((each) => each.app === app);
  const stored = version === undefined ? own : [findVersion(state, app, version)];
  const keys = stored.flatMap((each) => {
    const names = virtualEnv === undefined ? each.runsIn : [virtualEnv];
    return names.flatMap((name) => {
      const environment = environmentFor(each, name, environments);
      if (environment === undefined) return [];
      return [...workloadsOf(each.manifest, environment).values()].map(workloadKey);
    });
  });
  return new Set(keys);
}

function requireIn(keys: ReadonlySet<string>, app: string, component: string, version: string): void {
  const components = [...keys].map((key) => key.split('/')[1] ?? '');
  if (![...keys].some((key) => key.startsWith(`${app}/${component}/`)))
    throw unknownComponent(component, components, ` in ${version}`);
}

function noPods(component: string | undefined): FoxError {
  return new FoxError('NOT_FOUND', `${component ?? 'the app'} has no pods there`, {
    hints: ['`fox status` shows what runs.'],
  });
}

function unknownComponent(component: string, known: readonly string[], where = ''): FoxError {
  const guess = didYouMean(component, known);
  return new FoxError('NOT_FOUND', `there is no component "${component}"${where}`, {
    hints: [
      ...(guess === undefined ? [] : [`Did you mean \`${guess}\`?`]),
      known.length === 0 ? 'Nothing is deployed yet.' : `There are: ${[...known].toSorted().join(', ')}.`,
    ],
  });
}
