// What the API tells about itself: its groups, kinds and version.
import { type ApiResource, apiVersionOf, groupVersions, resourcesOf } from './api-groups.ts';
import type { Subresource } from './kind.ts';
import { noSuchPath } from './request.ts';

const partVerbs: Readonly<Record<Subresource, readonly string[]>> = {
  status: ['get', 'patch', 'update'],
  scale: ['get', 'patch', 'update'],
  log: ['get'],
};

/** Media type of discovery in one document. */
const aggregatedType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** The Kubernetes version whose API it speaks. */
const kubernetes = { major: '1', minor: '31' };

/** Answers `/version`. @param foxVersion goes into the build metadata. */
export function versionInfo(foxVersion: string): object {
  return {
    ...kubernetes,
    gitVersion: `v${kubernetes.major}.${kubernetes.minor}.0+fox.${foxVersion}`,
    gitCommit: '',
    gitTreeState: '',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: `node${process.versions.node}`,
    compiler: 'none',
    platform: `${process.platform}/${process.arch}`,
  };
}

/** A discovery document and its media type. */
export interface DiscoveryDocument {
  readonly body: object;
  readonly contentType: string;
}

/** The document of a path below `/api` or `/apis`; undefined where no discovery is. @throws StatusError 404 for an unknown group. */
export function discover(path: string, accept: string, host: string): DiscoveryDocument | undefined {
  const [root, ...segments] = path.split('/').filter((segment) => segment !== '');
  if (root === 'api') {
    if (segments.length === 0) return groupsOf('', accept, host);
    return segments.length === 1 ? resources('', segments[0] ?? '') : undefined;
  }
  if (root !== 'apis') return undefined;
  const [group, version, ...rest] = segments;
  if (group === undefined) return groupsOf('named', accept, host);
  if (version === undefined) return json({ kind: 'APIGroup', apiVersion: 'v1', ...groupInfo(group) });
  return rest.length === 0 ? resources(group, version) : undefined;
}

function groupsOf(which: '' | 'named', accept: string, host: string): DiscoveryDocument {
  const groups = which === '' ? [''] : namedGroups();
  if (wantsAggregated(accept)) {
    const items = groups.map(aggregatedGroup);
    const body = { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
    return { body, contentType: aggregatedType };
  }
  if (which === 'named')
    return json({ kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(groupInfo) });
  const serverAddressByClientCIDRs = [{ clientCIDR: '0.0.0.0/0', serverAddress: host }];
  return json({ kind: 'APIVersions', versions: versionsOf(''), serverAddressByClientCIDRs });
}

function wantsAggregated(accept: string): boolean {
  return accept.split(',').some((range) => {
    const parameters = new Set(range.split(';').map((part) => part.trim()));
    return aggregatedType.split(';').every((part) => parameters.has(part));
  });
}

function groupInfo(group: string): object {
  const versions = versionsOf(group).map((version) => ({ groupVersion: `${group}/${version}`, version }));
  const [preferredVersion] = versions;
  if (preferredVersion === undefined) throw noSuchPath(`the embedded cluster has no API group ${group}`);
  return { name: group, versions, preferredVersion };
}

function resources(group: string, version: string): DiscoveryDocument {
  const members = resourcesOf({ group, version });
  if (members.length === 0) throw noSuchPath(`the embedded cluster has no API ${group} ${version}`);
  return json({
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersionOf({ group, version }),
    resources: members.flatMap(resourceInfo),
  });
}

function resourceInfo(kind: ApiResource): object[] {
  const { resource, singular, namespaced, shortNames, inAll, subresources, verbs } = kind;
  return [
    {
      name: resource,
      singularName: singular,
      namespaced,
      kind: kind.kind,
      verbs,
      ...(shortNames.length === 0 ? {} : { shortNames }),
      ...(inAll ? { categories: ['all'] } : {}),
    },
    ...subresources.map((part) => {
      const type = partType(kind, part);
      const name = `${resource}/${part}`;
      const own = type.group === kind.group ? {} : { group: type.group, version: type.version };
      return { name, singularName: '', namespaced, ...own, kind: type.kind, verbs: partVerbs[part] };
    }),
  ];
}

function aggregatedGroup(group: string): object {
  const versions = versionsOf(group).map((version) => ({
    version,
    freshness: 'Current',
    resources: resourcesOf({ group, version }).map(aggregatedResource),
  }));
  return { metadata: { name: group, creationTimestamp: null }, versions };
}

function aggregatedResource(kind: ApiResource): object {
  const { group, version, shortNames, subresources, verbs } = kind;
  return {
    resource: kind.resource,
    responseKind: { group, version, kind: kind.kind },
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.singular,
    verbs,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(kind.inAll ? { categories: ['all'] } : {}),
    ...(subresources.length === 0
      ? {}
      : {
          subresources: subresources.map((part) => ({
            subresource: part,
            responseKind: partType(kind, part),
            verbs: partVerbs[part],
          })),
        }),
  };
}

/** A scale is a kind of its own; other parts have the kind of the whole. */
function partType({ group, version, kind }: ApiResource, part: Subresource) {
  return part === 'scale' ? { group: 'autoscaling', version: 'v1', kind: 'Scale' } : { group, version, kind };
}

function namedGroups(): string[] {
  return [...new Set(groupVersions().map(({ group }) => group))].filter((group) => group !== '');
}

function versionsOf(group: string): string[] {
  return groupVersions().flatMap((one) => (one.group === group ? one.version : []));
}

function json(body: object): DiscoveryDocument {
  return { body, contentType: 'application/json' };
}
