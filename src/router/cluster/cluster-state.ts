// Turns the objects of the cluster into what the router decides by. An object that can't be read harms nothing but itself.
import type { V1ConfigMap, V1Pod } from '@kubernetes/client-node';
import { annotation, kind, label, objectName } from '../../core/labels.ts';
import { decodeManifest } from '../../core/version/manifest.ts';
import { routedVersion } from '../../core/routing/table/routed-version.ts';
import type { RoutingTable } from '../../core/routing/table/routing-table.ts';
import { readConfiguration, readDefinition } from '../../core/environments/stored-environment.ts';
import type { Callers } from '../callers/callers.ts';
import type { Endpoints } from '../delivery/endpoints.ts';
import { type Log, reasonOf } from '../log.ts';
import type { Follower } from './object-watch.ts';
import { ReleaseFollower } from './release-follower.ts';
import { readRoutedPod, type RoutedPod } from './routed-pod.ts';
import { type OnSettings, SettingsFollower } from './settings-follower.ts';

/** Versions, virtual environments, releases, what these hold on to, and the routers' settings. */
export class ConfigMapFollower implements Follower<V1ConfigMap> {
  readonly #table: RoutingTable;
  readonly #log: Log;
  /** What an object said, and how to take it back, by its name. */
  readonly #said = new Map<string, { readonly what: string; readonly undo: () => void }>();
  readonly #releases: ReleaseFollower;
  readonly #settings: SettingsFollower;
  /** Releases are applied when all versions of a list are known. */
  #postponed: V1ConfigMap | undefined;
  #isListing = false;
  /** Environments that were told to be broken, and why. */
  #broken: ReadonlyMap<string, string> = new Map();
  #isPreparing = false;

  /** @param onEpoch told when the releases of an epoch are served. */
  constructor(table: RoutingTable, log: Log, onEpoch: (epoch: number) => void, onSettings: OnSettings) {
    this.#table = table;
    this.#log = log;
    this.#releases = new ReleaseFollower(table, log, onEpoch);
    this.#settings = new SettingsFollower(log, onSettings);
  }

  set(object: V1ConfigMap, listing: boolean): void {
    const { name = '', labels = {} } = object.metadata ?? {};
    this.#isListing = listing;
    if (labels[label.kind] === kind.releases) {
      if (listing) this.#postponed = object;
      else this.#releases.set(object);
      this.#note(name, 'releases', () => this.#releases.clear());
    } else if (labels[label.kind] === kind.version) this.#setVersion(name, object);
    else if (labels[label.kind] === kind.environment) this.#setEnvironment(name, object);
    else if (labels[label.kind] === kind.configuration) this.#setConfiguration(name, object);
    else if (labels[label.kind] === kind.routerSettings && name === objectName.router) {
      this.#settings.set(name, object);
      this.#note(name, 'settings', () => this.#settings.clear());
    }
    this.#prepare();
  }

  /** Prepares the table a little between requests, so that none has to wait for all of it. */
  #prepare(): void {
    if (this.#isPreparing) return;
    this.#isPreparing = true;
    setImmediate(() => {
      this.#isPreparing = false;
      if (this.#table.prepareNext()) this.#prepare();
    });
  }

  listed(): void {
    this.#isListing = false;
    this.#tellBroken();
    if (this.#postponed !== undefined) this.#releases.set(this.#postponed, true);
    this.#postponed = undefined;
  }

  delete(name: string): void {
    this.#said.get(name)?.undo();
    this.#said.delete(name);
  }

  /** An object says something; what it said before counts no more if it was about something else. */
  #note(object: string, what: string, undo: () => void): void {
    const before = this.#said.get(object);
    if (before !== undefined && before.what !== what) before.undo();
    this.#said.set(object, { what, undo });
  }

  #setVersion(object: string, { metadata = {}, binaryData = {} }: V1ConfigMap): void {
    const { labels = {}, annotations = {} } = metadata;
    const { [label.app]: app = '', [label.version]: name = '' } = labels;
    const runsIn = (annotations[annotation.runsIn] ?? '').split(',').filter((each) => each !== '');
    this.#note(object, `version ${app} ${name}`, () => this.#table.deleteVersion(app, name));
    try {
      const manifest = decodeManifest(binaryData['manifest'] ?? '', name);
      if (manifest.app !== app || manifest.version !== name)
        throw new Error(`its manifest is of ${manifest.app} ${manifest.version}`);
      this.#table.setVersion(routedVersion(manifest, runsIn));
    } catch (error) {
      this.#table.setDamaged(app, name, reasonOf(error));
      this.#log('error', 'object-damaged', { object, reason: reasonOf(error) });
    }
  }

  #setEnvironment(object: string, { metadata = {}, data = {} }: V1ConfigMap): void {
    const name = metadata.labels?.[label.environment] ?? '';
    this.#note(object, `environment ${name}`, () => {
      this.#table.deleteEnvironment(name);
      this.#tellBroken();
    });
    const definition = readDefinition(data['environment'], name);
    if (typeof definition === 'string') {
      // What was known of it before goes on being served.
      this.#table.setDamagedEnvironment(name, definition);
      this.#log('error', 'object-damaged', { object, reason: definition });
    } else {
      const isDefault = metadata.annotations?.[annotation.isDefault] === 'true';
      this.#table.setEnvironment(definition, isDefault);
    }
    this.#tellBroken();
  }

  #setConfiguration(object: string, { metadata = {}, data = {} }: V1ConfigMap): void {
    this.#note(object, 'configuration', () => {
      this.#table.deleteConfiguration(object);
      this.#releases.tellLost();
    });
    const configuration = readConfiguration(data['environment'], metadata.labels?.[label.environment] ?? '');
    if (typeof configuration === 'string')
      this.#log('error', 'object-damaged', { object, reason: configuration });
    else this.#table.setConfiguration(object, configuration);
    this.#releases.tryAgain();
  }

  /** Tells once of environments that can't be worked out any more. */
  #tellBroken(): void {
    if (this.#isListing) return;
    const { environments } = this.#table;
    const broken = new Map(
      environments.names.flatMap((name) => {
        const reason = environments.damage(name);
        return reason === undefined ? [] : [[name, reason] as const];
      }),
    );
    for (const [name, reason] of broken) {
      if (this.#broken.get(name) === reason) continue;
      const isServed = environments.get(name) !== undefined;
      this.#log('error', 'environment-broken', { environment: name, reason, isServed });
    }
    this.#broken = broken;
  }
}

/** Pods: endpoints of workloads, and callers. */
export class PodFollower implements Follower<V1Pod> {
  readonly #table: RoutingTable;
  readonly #endpoints: Endpoints;
  readonly #callers: Callers;
  readonly #log: Log;
  readonly #pods = new Map<string, RoutedPod>();

  constructor(table: RoutingTable, endpoints: Endpoints, callers: Callers, log: Log) {
    this.#table = table;
    this.#endpoints = endpoints;
    this.#callers = callers;
    this.#log = log;
  }

  set(object: V1Pod): void {
    const pod = readRoutedPod(object);
    // It may have been one of fox's until now.
    if (pod === undefined) return this.delete(object.metadata?.name ?? '');
    const known = this.#pods.get(pod.name);
    if (known?.workload !== pod.workload || known.uid !== pod.uid) this.delete(pod.name);
    if (pod.damage !== undefined)
      this.#log('error', 'object-damaged', { object: pod.name, reason: pod.damage });
    this.#count(pod.workload, this.#pods.get(pod.name)?.isAlive ?? false, pod.isAlive);
    this.#pods.set(pod.name, pod);
    if (pod.isAlive) this.#endpoints.set(pod.workload, pod.name, pod.origin);
    else this.#endpoints.delete(pod.workload, pod.name);
    // A pod that is ending still calls while it finishes its requests.
    this.#callers.setPod(pod);
  }

  listed(): void {
    // Pods need no order.
  }

  delete(name: string): void {
    const pod = this.#pods.get(name);
    if (pod === undefined) return;
    this.#pods.delete(name);
    this.#count(pod.workload, pod.isAlive, false);
    this.#endpoints.delete(pod.workload, name);
    this.#callers.deletePod(pod);
  }

  #count(workload: string, wasAlive: boolean, isAlive: boolean): void {
    if (wasAlive !== isAlive) this.#table.countPod(workload, isAlive ? 1 : -1);
  }
}
