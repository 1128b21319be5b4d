// What a router would know of an observed namespace: the same table, so that the same functions decide the same.
import type { NamespaceState } from '../../cluster/namespace.ts';
import type { PodView } from '../../cluster/objects/pod-object.ts';
import type { StoredVersion } from '../../cluster/objects/version-object.ts';
import { FoxError } from '../../core/errors.ts';
import { type RoutedVersion, routedVersion } from '../../core/routing/table/routed-version.ts';
import { RoutingTable } from '../../core/routing/table/routing-table.ts';
import { serveRecords } from '../../core/routing/table/released-records.ts';
import { workloadKey } from '../../core/version/workload.ts';

/**
 * The table of a router that has read all of a namespace.
 * @param pods of all apps; undefined where they may not be listed: what Deployments say of theirs has to do.
 */
export function observedTable(state: NamespaceState, pods: readonly PodView[] | undefined): RoutingTable {
  const table = new RoutingTable();
  for (const { definition, isDefault, damage } of state.environments)
    if (damage === undefined) table.setEnvironment(definition, isDefault);
  // Afterwards: what is damaged may be a parent.
  for (const { definition, damage } of state.environments)
    if (damage !== undefined) table.setDamagedEnvironment(definition.name, damage);
  for (const { name, environment } of state.configurations) table.setConfiguration(name, environment);
  for (const version of state.versions) addVersion(table, version);
  serveRecords(
    table,
    [...state.releases.records].flatMap(([environment, apps]) =>
      [...apps].map(([app, record]) => ({ environment, app, record })),
    ),
  );
  for (const workload of aliveWorkloads(state, pods)) table.countPod(workload, 1);
  return table;
}

/** A version of it that is there. @throws FoxError REFUSED where routers can't use it. */
export function requireRouted(table: RoutingTable, app: string, name: string): RoutedVersion {
  const version = table.version(app, name);
  if (version !== undefined) return version;
  throw unusable(`version ${name} can't be routed to: ${table.damage(app, name) ?? 'it is gone'}`);
}

/** What is there, and damaged. */
export function unusable(message: string): FoxError {
  return new FoxError('REFUSED', message, { hints: ['`fox status` and `fox env list` tell more.'] });
}

function addVersion(table: RoutingTable, version: StoredVersion): void {
  const { app, name, runsIn } = version;
  try {
    const { manifest } = version;
    if (manifest.app !== app || manifest.version !== name)
      throw new Error(`its manifest is of ${manifest.app} ${manifest.version}`);
    table.setVersion(routedVersion(manifest, runsIn));
  } catch (error) {
    table.setDamaged(app, name, error instanceof Error ? error.message : String(error));
  }
}

/** The workload of each pod that is alive. */
function aliveWorkloads(
  { workloads }: NamespaceState,
  pods: readonly PodView[] | undefined,
): readonly string[] {
  if (pods === undefined) return workloads.flatMap((each) => (each.available > 0 ? [workloadKey(each)] : []));
  return pods.flatMap((each) => (each.terminating || each.ended === true ? [] : [workloadKey(each)]));
}
