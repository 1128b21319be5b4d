// Merges a part of a pod template over a whole one, by the rules of Kubernetes' strategic merge.
import type { Json } from './canonical.ts';

/** Lists of a pod template whose items are told apart by a key; all other lists are replaced as a whole. */
export const mergeKeys: ReadonlyMap<string, string> = new Map([
  ['containers', 'name'],
  ['initContainers', 'name'],
  ['env', 'name'],
  ['ports', 'containerPort'],
  ['volumes', 'name'],
  ['volumeMounts', 'mountPath'],
  ['volumeDevices', 'devicePath'],
  ['imagePullSecrets', 'name'],
  ['hostAliases', 'ip'],
  ['topologySpreadConstraints', 'topologyKey'],
]);

type JsonMap = { readonly [key: string]: Json | undefined };

/**
 * `overlay` over `base`: maps are merged, null takes a key away, items of the lists of {@link mergeKeys} are merged with
 * the item of the same key or added at the end, everything else is replaced.
 */
export function strategicMerge(base: Json | undefined, overlay: Json, name = ''): Json {
  const key = mergeKeys.get(name);
  if (isList(overlay) && key !== undefined) return mergeList(isList(base) ? base : [], overlay, key);
  return isMap(overlay) ? mergeMap(isMap(base) ? base : {}, overlay) : overlay;
}

function mergeMap(base: JsonMap, overlay: JsonMap): Json {
  const merged: Record<string, Json | undefined> = { ...base };
  for (const [key, value] of Object.entries(overlay)) {
    if (value === null) delete merged[key];
    else if (value !== undefined) merged[key] = strategicMerge(merged[key], value, key);
  }
  return merged;
}

function mergeList(base: readonly Json[], overlay: readonly Json[], key: string): Json {
  const merged = [...base];
  for (const item of overlay) {
    const at = merged.findIndex((each) => isMap(each) && isMap(item) && each[key] === item[key]);
    if (at === -1) merged.push(strategicMerge(undefined, item));
    else merged[at] = strategicMerge(merged[at], item);
  }
  return merged;
}

function isMap(value: Json | undefined): value is JsonMap {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
