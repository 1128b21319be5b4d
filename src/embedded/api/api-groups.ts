// The groups and versions of the API, and what each of them has.
import { reviews } from './access-review.ts';
import type { Subresource } from './kind.ts';
import { kinds } from './kinds.ts';

/** A collection of a group, as discovery tells of it. */
export interface ApiResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly resource: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly inAll: boolean;
  readonly verbs: readonly string[];
  readonly subresources: readonly Subresource[];
}

const objectVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** Everything that the API has. */
export const apiResources: readonly ApiResource[] = [
  ...kinds.map((kind) => ({ ...kind, verbs: objectVerbs })),
  ...reviews.map((review) => ({
    ...review,
    namespaced: false,
    shortNames: [],
    inAll: false,
    verbs: ['create'],
    subresources: [],
  })),
];

/** A group in one version. */
export interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

/** All groups with their versions; the core group is `''`. */
export function groupVersions(): GroupVersion[] {
  const found = new Map(
    apiResources.map(({ group, version }) => [`${group}/${version}`, { group, version }] as const),
  );
  return [...found.values()];
}

/** What a group has in a version. */
export function resourcesOf({ group, version }: GroupVersion): ApiResource[] {
  return apiResources.filter((resource) => resource.group === group && resource.version === version);
}

/** A group and version as objects name it: `v1`, `apps/v1`. */
export function apiVersionOf({ group, version }: GroupVersion): string {
  return group === '' ? version : `${group}/${version}`;
}
