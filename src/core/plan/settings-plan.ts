// Which workloads have other settings than their versions ask for: those settings that are in no hash.
import { canonicalJson, type Json } from '../version/canonical.ts';
import { joinSettings, type WorkloadSettings } from '../version/pod-settings.ts';
import type { WantedWorkload } from './wanted.ts';
import type { Workload } from '../version/workload.ts';

/** A workload and the settings that it is to have. */
export interface SettledWorkload {
  readonly workload: Workload;
  readonly settings: WorkloadSettings;
}

/** Settings as they are noted on a workload; undefined if there are none. */
export function settingsText(settings: WorkloadSettings): string | undefined {
  const text = canonicalJson(settings as unknown as Json);
  return text === '{}' ? undefined : text;
}

/** The settings of a workload that all of its versions together ask for. */
export function settingsOf({ definitions }: Pick<WantedWorkload, 'definitions'>): WorkloadSettings {
  return joinSettings(definitions.map(({ settings }) => settings));
}

/**
 * Workloads whose settings have to be applied.
 * @param wanted by key, by all versions that live or are to. @param noted what is noted on workloads, by key.
 */
export function planSettings(
  wanted: ReadonlyMap<string, WantedWorkload>,
  noted: ReadonlyMap<string, string>,
): SettledWorkload[] {
  return [...wanted].flatMap(([key, each]) => {
    const settings = settingsOf(each);
    return settingsText(settings) === noted.get(key) ? [] : [{ workload: each.workload, settings }];
  });
}
