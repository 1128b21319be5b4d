// What release records mean for routing: which version is released where, and what it holds on to there.
import { configurationInForce, type ReleaseRecord } from '../../release.ts';
import { replacedVersions } from '../../replaced-versions.ts';
import type { HeldPair } from './held-configurations.ts';
import type { ReplacedPair, RoutingTable } from './routing-table.ts';

/** Where a record counts. */
export interface PlacedRecord {
  readonly environment: string;
  readonly app: string;
  readonly record: ReleaseRecord;
}

/** Has a table serve what these records release, and nothing else. */
export function serveRecords(table: RoutingTable, records: Iterable<PlacedRecord>): void {
  const versions = new Map<string, Map<string, string>>();
  const held: HeldPair[] = [];
  const replaced: ReplacedPair[] = [];
  for (const { environment, app, record } of records) {
    const apps = versions.get(environment) ?? new Map<string, string>();
    versions.set(environment, apps.set(app, record.version));
    for (const { version, at } of replacedVersions(record))
      replaced.push({ app, version, environment, since: Date.parse(at) });
    for (const version of new Set([record.version, record.previous?.version])) {
      const configuration = version === undefined ? undefined : configurationInForce(record, version);
      if (version !== undefined && configuration !== undefined)
        held.push({ app, version, environment, configuration });
    }
  }
  table.setReleases(versions, held, replaced);
}
