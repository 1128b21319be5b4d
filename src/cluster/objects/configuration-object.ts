// The configuration that a release in a stable virtual environment holds on to, as an immutable ConfigMap.
import type { V1ConfigMap } from '@kubernetes/client-node';
import { canonicalJson, type Json } from '../../core/version/canonical.ts';
import type { Environment } from '../../core/environments/environment.ts';
import { FoxError } from '../../core/errors.ts';
import { kind, label, managedBy, objectName } from '../../core/labels.ts';
import { configurationInForce, type Releases } from '../../core/release.ts';
import { readConfiguration as parseConfiguration } from '../../core/environments/stored-environment.ts';
import type { HeldConfiguration, RunningVersion } from '../../core/plan/wanted.ts';
import type { ApiClient } from '../api/api-client.ts';
import { isStatus } from '../api/api-error.ts';

/** A configuration that the cluster has. */
export interface StoredConfiguration {
  /** Name of its ConfigMap, by which release records refer to it. */
  readonly name: string;
  readonly app: string;
  /** What was in force when it was taken; of no values of secrets, but their fingerprints. */
  readonly environment: Environment;
}

/** Bytes that a configuration has at most, as a ConfigMap holds it. */
export const maxConfigurationBytes = 1024 * 1024;

/** Bytes that a configuration has in its ConfigMap. */
export function configurationBytes(environment: Environment): number {
  return Buffer.byteLength(textOf(environment));
}

/** Canonical: the same configuration is the same text. */
function textOf(environment: Environment): string {
  return canonicalJson(environment as unknown as Json);
}

/** The ConfigMap of the configuration that revision `revision` of an app's release holds on to. */
export function configurationObject(app: string, revision: number, environment: Environment): V1ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: objectName.configuration(app, environment.name, revision),
      labels: {
        [label.managedBy]: managedBy,
        [label.partOf]: app,
        [label.kind]: kind.configuration,
        [label.app]: app,
        [label.environment]: environment.name,
      },
    },
    immutable: true,
    data: { environment: textOf(environment) },
  };
}

/** The configuration in a ConfigMap; undefined if it can't be read. */
export function readConfiguration({
  metadata = {},
  data = {},
}: V1ConfigMap): StoredConfiguration | undefined {
  const { [label.app]: app = '', [label.environment]: name = '' } = metadata.labels ?? {};
  const environment = parseConfiguration(data['environment'], name);
  return typeof environment === 'string' ? undefined : { name: metadata.name ?? '', app, environment };
}

/**
 * Creates the ConfigMap of a configuration. One of its name that says the same is used; another was left by a release that
 * never came to be, and is replaced.
 * @throws FoxError CONFLICT if it is something else.
 */
export async function putConfiguration(client: ApiClient, object: V1ConfigMap): Promise<void> {
  const name = object.metadata?.name ?? '';
  for (;;) {
    try {
      await client.create('configmaps', object);
      return;
    } catch (error) {
      if (!isStatus(error, 409)) throw error;
      const existing = await client.get<V1ConfigMap>('configmaps', name);
      if (existing === undefined) continue;
      if (!isOfSameRelease(existing, object)) throw takenName(name, error);
      if (existing.data?.['environment'] === object.data?.['environment']) return;
      await client.delete('configmaps', name);
    }
  }
}

/** Names of apps and environments may contain what stands between them. */
function isOfSameRelease(existing: V1ConfigMap, object: V1ConfigMap): boolean {
  return [label.managedBy, label.kind, label.app, label.environment].every(
    (each) => existing.metadata?.labels?.[each] === object.metadata?.labels?.[each],
  );
}

function takenName(name: string, cause: unknown): FoxError {
  return new FoxError('CONFLICT', `ConfigMap ${name} exists and is something else; it was left alone`, {
    hints: [`Remove it, if nobody needs it: \`kubectl delete configmap ${name}\`.`],
    cause,
  });
}

/** What the releases of a version hold on to, and environments in which that is gone. Elsewhere what an environment says now is in force. */
export function heldBy(
  { app, name }: { readonly app: string; readonly name: string },
  { records }: Releases,
  configurations: readonly StoredConfiguration[],
): Required<Pick<RunningVersion, 'held' | 'lost'>> {
  const byName = new Map(configurations.map((each) => [each.name, each.environment]));
  const held: HeldConfiguration[] = [];
  const lost: string[] = [];
  for (const [environment, apps] of records) {
    const record = apps.get(app);
    const inForce = configurationInForce(record, name);
    if (inForce !== undefined && !byName.has(inForce)) lost.push(environment);
    const targets = [record, record?.previous].filter((target) => target?.version === name);
    for (const config of new Set(targets.flatMap((target) => target?.config ?? []))) {
      const kept = byName.get(config);
      if (kept !== undefined) held.push({ environment: kept, isInForce: config === inForce });
    }
  }
  return { held, lost };
}
