// From a component's pod settings in the file to those in the app: seconds, texts, numbers; nothing where nothing is said.
import type {
  PodSettings,
  Probes,
  ProbeSettings,
  Resources,
  WorkloadSettings,
} from '../core/version/pod-settings.ts';
import type { ConfigFile } from './schema.ts';

type ComponentEntry = ConfigFile['components'][string];
type HealthEntry = NonNullable<ComponentEntry['health']>;
type ProbeEntry = NonNullable<HealthEntry['liveness']>;

/** Settings that its pods are made with; undefined if there are none. */
export function resolvePod(entry: ComponentEntry): PodSettings | undefined {
  const { securityContext, nodeSelector, tolerations, topologySpread, serviceAccount, podTemplate } = entry;
  return given({
    resources: resolveResources(entry.resources),
    probes: resolveProbes(entry.health),
    securityContext,
    nodeSelector,
    tolerations,
    topologySpread: topologySpread === undefined ? undefined : [...new Set(topologySpread)].toSorted(),
    terminationGracePeriod: seconds(entry.terminationGracePeriod),
    serviceAccount,
    references: resolveReferences(entry.env),
    podTemplate,
  }) as PodSettings | undefined;
}

/** Settings of how many pods there are; undefined if there are none. */
export function resolveSettings(entry: ComponentEntry): WorkloadSettings | undefined {
  const { autoscale, disruptionBudget, maxSurge, maxUnavailable } = entry;
  return given({
    autoscale:
      autoscale === undefined
        ? undefined
        : { min: autoscale.min, max: autoscale.max, cpu: Number.parseInt(autoscale.cpu ?? '80%', 10) },
    disruptionBudget,
    maxSurge,
    maxUnavailable,
  }) as WorkloadSettings | undefined;
}

/** Seconds of `30s`, `2m` or `1h`. */
export function seconds(duration: string | undefined): number | undefined {
  if (duration === undefined) return undefined;
  const factor = { s: 1, m: 60, h: 3600 }[duration.slice(-1)] ?? 1;
  return Number.parseInt(duration, 10) * factor;
}

function resolveResources(entry: ComponentEntry['resources']): Resources | undefined {
  return given({ requests: amounts(entry?.requests), limits: amounts(entry?.limits) });
}

function amounts(entry: Readonly<Record<string, string | number>> | undefined) {
  if (entry === undefined) return undefined;
  return given(Object.fromEntries(Object.entries(entry).map(([name, amount]) => [name, String(amount)])));
}

function resolveProbes(entry: HealthEntry | undefined): Probes | undefined {
  if (entry === undefined) return undefined;
  const { path: _, startup, liveness, ...readiness } = entry;
  return given({
    readiness: given(resolveProbe(readiness)),
    // A probe that is asked for without a word of how is asked for all the same.
    startup: startup === undefined ? undefined : resolveProbe(startup),
    liveness: liveness === undefined ? undefined : resolveProbe(liveness),
  });
}

function resolveProbe({ path, period, timeout, failures }: ProbeEntry): ProbeSettings {
  return given({ path, period: seconds(period), timeout: seconds(timeout), failures }) ?? {};
}

function resolveReferences(env: ComponentEntry['env']): Readonly<Record<string, string>> | undefined {
  const references = Object.entries(env ?? {}).flatMap(([name, entry]) =>
    entry?.from === undefined ? [] : [[name, entry.from] as const],
  );
  return given(Object.fromEntries(references));
}

/** The object without what is undefined; undefined if nothing is left. */
function given<T extends object>(settings: T): { [Key in keyof T]: Exclude<T[Key], undefined> } | undefined {
  const entries = Object.entries(settings).filter(([, value]) => value !== undefined);
  return entries.length === 0
    ? undefined
    : (Object.fromEntries(entries) as { [Key in keyof T]: Exclude<T[Key], undefined> });
}
