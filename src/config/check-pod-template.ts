// Checks that a raw pod template keeps to what isn't fox's own, and can be merged at all.
import { urlVariable } from '../core/version/app.ts';
import { mergeKeys } from '../core/version/strategic-merge.ts';
import { checkLabels } from './check-labels.ts';
import type { Path } from './config-document.ts';
import type { Report } from './config-problem.ts';
import type { ConfigFile } from './schema.ts';
import type { Draft } from './schema-issues.ts';

type ComponentEntry = Draft<ConfigFile['components'][string]>;

const own = 'is set by fox itself';
const ownLabels = /^(kubefox\.io\/|app\.kubernetes\.io\/(name|part-of|managed-by|component)$)/;

/** Reports every such problem of a component's `podTemplate`. */
export function checkPodTemplate(name: string, entry: ComponentEntry, at: Path, report: Report): void {
  const { podTemplate } = entry;
  if (podTemplate === undefined) return;
  for (const which of ['labels', 'annotations'] as const) {
    for (const key of Object.keys(podTemplate.metadata?.[which] ?? {}))
      if (ownLabels.test(key)) report([...at, 'metadata', which, key], own);
  }
  checkLabels(podTemplate.metadata?.labels ?? {}, [...at, 'metadata', 'labels'], report);
  const spec = (podTemplate.spec ?? {}) as Readonly<Record<string, unknown>>;
  checkMergeable(spec, [...at, 'spec'], report);
  checkSpec(spec, [...at, 'spec'], report);
  const containers = Array.isArray(spec['containers']) ? (spec['containers'] as unknown[]) : [];
  for (const [index, container] of containers.entries()) {
    if (!isMap(container) || container['name'] !== name) continue;
    checkContainer(container, entry, [...at, 'spec', 'containers', index], report);
  }
}

/** Keys of a pod's spec that have a key of their own in the config, or only one possible value. */
const elsewhere: Readonly<Record<string, string>> = {
  restartPolicy: 'is always Always: a component is a server',
  terminationGracePeriodSeconds: "has a key of its own: the component's terminationGracePeriod",
  serviceAccountName: "has a key of its own: the component's serviceAccount",
};

function checkSpec(spec: Readonly<Record<string, unknown>>, at: Path, report: Report): void {
  for (const [key, problem] of Object.entries(elsewhere))
    if (spec[key] !== undefined) report([...at, key], problem);
  if (spec['containers'] !== undefined && !Array.isArray(spec['containers']))
    report([...at, 'containers'], 'must be a list of containers');
}

/** Keys of fox's own container that follow from the component. */
const ofComponent: Readonly<Record<string, string>> = {
  image: "is set by fox itself: it is the component's own",
  command: "has a key of its own: the component's command",
};

function checkContainer(
  container: Readonly<Record<string, unknown>>,
  { port = 8080, env = {}, calls = [] }: ComponentEntry,
  at: Path,
  report: Report,
): void {
  for (const [key, problem] of Object.entries(ofComponent))
    if (container[key] !== undefined) report([...at, key], problem);
  for (const key of ['ports', 'env']) if (container[key] === null) report([...at, key], own);
  for (const [index, each] of itemsOf(container['ports'])) {
    if (each['containerPort'] === port || each['name'] === 'http') report([...at, 'ports', index], own);
  }
  const addresses = new Set(calls.flatMap((callee) => (callee === undefined ? [] : [urlVariable(callee)])));
  for (const [index, { name }] of itemsOf(container['env'])) {
    if (typeof name !== 'string') continue;
    if (name === 'PORT' || name.startsWith('FOX_') || addresses.has(name)) report([...at, 'env', index], own);
    else if (Object.hasOwn(env, name)) report([...at, 'env', index], "is declared in the component's env");
  }
}

function itemsOf(value: unknown): [number, Readonly<Record<string, unknown>>][] {
  if (!Array.isArray(value)) return [];
  return [...value.entries()].filter((entry): entry is [number, Record<string, unknown>] => isMap(entry[1]));
}

/** Lists that are merged need their key in each item; directives are none of fox's. */
function checkMergeable(value: unknown, at: Path, report: Report): void {
  if (Array.isArray(value)) {
    const key = mergeKeys.get(String(at.at(-1)));
    for (const [index, item] of value.entries()) {
      if (key !== undefined && (!isMap(item) || item[key] === undefined || item[key] === null))
        report([...at, index], `must be a map with the key ${key}`);
      else checkMergeable(item, [...at, index], report);
    }
  } else if (typeof value === 'number' && !Number.isFinite(value)) {
    report(at, 'must be a finite number');
  } else if (isMap(value)) {
    for (const [key, member] of Object.entries(value)) {
      if (key.startsWith('$')) report([...at, key], 'has no meaning here; null takes a key away');
      else checkMergeable(member, [...at, key], report);
    }
  }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
