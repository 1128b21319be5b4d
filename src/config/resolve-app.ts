// From a valid file to the app: paths from the repository's root, defaults, sorted sets.
import { posix } from 'node:path';
import type {
  App,
  Build,
  Component,
  DeliverySettings,
  Route,
  VariableDeclaration,
  VariableType,
  VariableValue,
} from '../core/version/app.ts';
import { typeOf } from '../core/environments/environment.ts';
import { defaultPlatforms } from '../core/version/identity.ts';
import { repositoryPath } from './repository-path.ts';
import { bytes, milliseconds } from './quantities.ts';
import { resolvePod, resolveSettings } from './resolve-pod.ts';
import type { ConfigFile } from './schema.ts';

type ComponentEntry = ConfigFile['components'][string];
type RouteEntry = NonNullable<ComponentEntry['routes']>[number];
type VariableEntry = NonNullable<NonNullable<ComponentEntry['env']>[string]>;

/** The app of a file without problems. `directory`: that of the file, relative to the repository's root. */
export function resolveApp(file: ConfigFile, directory: string): App {
  const components = Object.entries(file.components).map(
    ([name, entry]) => [name, resolveComponent(name, entry, directory)] as const,
  );
  const modules = Object.entries(file.modules ?? {}).map(
    ([name, members]) => [name, [...new Set(members)]] as const,
  );
  return {
    name: file.app,
    components: Object.fromEntries(components),
    modules: Object.fromEntries(modules),
    platforms: sortedSet(file.platforms ?? defaultPlatforms),
  };
}

function resolveComponent(name: string, entry: ComponentEntry, directory: string): Component {
  // One whose value stands elsewhere in the cluster is none of fox's.
  const env = Object.entries(entry.env ?? {}).flatMap(([variable, each]) =>
    each?.from === undefined ? [[variable, resolveVariable(each ?? {})] as const] : [],
  );
  const pod = resolvePod(entry);
  const settings = resolveSettings(entry);
  const delivery = resolveDelivery(entry);
  return {
    name,
    ...(entry.path === undefined ? {} : { path: repositoryPath(directory, entry.path) }),
    shared: sortedSet((entry.shared ?? []).map((each) => repositoryPath(directory, each))),
    build: resolveBuild(entry, directory),
    command: entry.command ?? [],
    port: entry.port ?? 8080,
    routes: (entry.routes ?? []).map(resolveRoute),
    calls: sortedSet(entry.calls ?? []),
    forwardsContext: entry.forwardsContext ?? entry.propagation !== undefined,
    ...(entry.propagation === undefined ? {} : { propagation: entry.propagation }),
    ...(delivery === undefined ? {} : { delivery }),
    env: Object.fromEntries(env),
    ...(entry.secrets === undefined || entry.secrets.length === 0
      ? {}
      : { secrets: sortedSet(entry.secrets) }),
    ...(entry.health?.path === undefined ? {} : { healthPath: entry.health.path }),
    ...(pod === undefined ? {} : { pod }),
    replicas: entry.replicas ?? entry.autoscale?.min ?? 1,
    ...(settings === undefined ? {} : { settings }),
  };
}

function resolveBuild({ path = '.', build = {} }: ComponentEntry, directory: string): Build {
  const { command, base, dockerfile, context = path, target, args, image } = build;
  if (image !== undefined) return { image };
  if (dockerfile === undefined) {
    return { ...(command === undefined ? {} : { command }), ...(base === undefined ? {} : { base }) };
  }
  const values = Object.entries(args ?? {}).map(([name, value]) => [name, String(value)] as const);
  return {
    dockerfile: repositoryPath(directory, posix.join(path, dockerfile)),
    context: repositoryPath(directory, context),
    ...(target === undefined ? {} : { target }),
    ...(values.length === 0 ? {} : { args: Object.fromEntries(values) }),
  };
}

function resolveRoute(entry: RouteEntry): Route {
  if (typeof entry === 'string') return { rule: entry };
  const env = Object.entries(entry.env ?? {}).map(
    ([variable, each]) => [variable, { ...resolveVariable(each ?? {}), required: true }] as const,
  );
  const { rule, priority, timeout, maxBody } = entry;
  return {
    rule,
    ...(priority === undefined ? {} : { priority }),
    ...(timeout === undefined ? {} : { timeout: milliseconds(timeout) }),
    ...(maxBody === undefined ? {} : { maxBody: bytes(maxBody) }),
    ...(env.length === 0 ? {} : { env: Object.fromEntries(env) }),
  };
}

function resolveDelivery({ concurrency, queue }: ComponentEntry): DeliverySettings | undefined {
  if (concurrency === undefined && queue === undefined) return undefined;
  return {
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(queue === undefined ? {} : { queue }),
  };
}

function resolveVariable(entry: VariableEntry): VariableDeclaration {
  return {
    type: entry.type ?? typeOfDefault(entry.default),
    required: entry.required ?? false,
    ...(entry.default === undefined ? {} : { default: entry.default }),
    ...(entry.description === undefined ? {} : { description: entry.description }),
    ...(entry.bind === 'request' ? { bind: entry.bind } : {}),
  };
}

/** Type of a variable that declares none. */
export function typeOfDefault(value: VariableValue | undefined): VariableType {
  return value === undefined ? 'string' : typeOf(value);
}

function sortedSet(values: readonly string[]): string[] {
  return [...new Set(values)].toSorted();
}
