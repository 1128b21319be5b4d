// Text of what leaves with a virtual environment.
import type { DeleteEnvironmentResult } from '../../actions/environments/delete.ts';
import type { Style } from '../style.ts';

export function environmentDeletionText(result: DeleteEnvironmentResult, style: Style): string {
  const { name, existed, dryRun } = result;
  if (!existed) return `There is no virtual environment ${name}; nothing to delete`;
  const done = dryRun ? 'would be deleted' : 'is deleted';
  const lines = endingLines(result).map((line) => `  ${line}`);
  return [
    `${dryRun ? '' : `${style.good('✔')} `}Virtual environment ${style.bold(name)} ${done}`,
    ...lines,
  ].join('\n');
}

/** What ends with it, one line for each kind of thing, and each workload in a line of its own. */
export function endingLines({
  releases,
  versions,
  workloads,
}: Pick<DeleteEnvironmentResult, 'releases' | 'versions' | 'workloads'>): string[] {
  const released = versionList(releases);
  const running = versionList(versions);
  return [
    ...(released === '' ? [] : [`no longer released there: ${released}`]),
    ...(running === '' ? [] : [`no longer running there: ${running}`]),
    ...(running === '' && workloads.length === 0 ? [] : [workloadsText(workloads)]),
    ...workloads.map((workload) => `  ${workload}`),
  ];
}

function workloadsText(workloads: readonly string[]): string {
  return workloads.length === 0
    ? 'no workload leaves: all serve other environments, too'
    : 'workloads that only it used:';
}

function versionList(versions: DeleteEnvironmentResult['versions']): string {
  return versions.map(({ app, version }) => `${app} ${version}`).join(', ');
}
