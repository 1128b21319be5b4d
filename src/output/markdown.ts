// Results as Markdown, for the summaries that CI systems show: what was deployed or released, or why not.
import type { DeployResult } from '../actions/deploy.ts';
import type { ReleaseResult } from '../actions/release.ts';
import { errorDocument } from './error-text.ts';

/** A deploy: each component with what was done and why. */
export function deploySummary(result: DeployResult): string {
  const { app, version, virtualEnv, commit, components, builds, workloads, pods, url } = result;
  const done = result.dryRun ? 'would be deployed' : result.unchanged ? 'is deployed already' : 'is deployed';
  const rows = components.map(({ name, action, reason }) => [name, actionWords[action], reason]);
  const counts = `${count(builds, 'image')} built, ${count(workloads.create, 'workload')} created, ${workloads.keep} shared; pods ${pods.before} → ${pods.after}`;
  return [
    `### ${code(`${app} ${version}`)} ${done} in ${code(virtualEnv)}`,
    '',
    ...table(['Component', '', 'Why'], rows),
    '',
    [`From commit ${code(commit.slice(0, 12))}`, counts, ...(url === undefined ? [] : [`<${url}>`])].join(
      ' · ',
    ),
    '',
  ].join('\n');
}

/** A release or rollback: from which version to which. */
export function releaseSummary(result: ReleaseResult): string {
  const { app, kind, version, previous, virtualEnv, revision, routers, unchanged, dryRun } = result;
  const would = dryRun ? 'would be' : 'is';
  const done =
    kind === 'rollback'
      ? `${would} rolled back to`
      : unchanged
        ? 'has released already'
        : `${would} released as`;
  const rows = [
    [virtualEnv, previous ?? '–', version, String(revision), `${routers.acked}/${routers.total}`],
  ];
  return [
    `### ${code(app)} ${done} ${code(version)} in ${code(virtualEnv)}`,
    '',
    ...table(['Environment', 'Before', 'Now', 'Revision', 'Routers'], rows),
    '',
    ...(previous === undefined || unchanged
      ? []
      : [`${code('fox rollback')} returns to ${code(previous)}.`, '']),
  ].join('\n');
}

/** Why a command failed. */
export function errorSummary(command: string, error: unknown): string {
  const { message, details, hints } = errorDocument(error);
  const fence = '`'.repeat(1 + Math.max(2, ...details.map(longestTicks)));
  return [
    `### ${code(`fox ${command}`)} failed`,
    '',
    plain(message),
    '',
    ...(details.length === 0 ? [] : [fence, ...details, fence, '']),
    ...hints.map((hint) => `- ${hint}`),
    '',
  ].join('\n');
}

const actionWords = { none: 'unchanged', reuse: 'image reused', build: 'built' } as const;

function table(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [tableLine(heading), tableLine(heading.map(() => '---')), ...rows.map(tableLine)];
}

function tableLine(cells: readonly string[]): string {
  return `| ${cells.map(plain).join(' | ')} |`;
}

/** Text that may hold what Markdown would take for its own: names of branches and files come from anybody. */
function plain(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/[\\`*_[\]<>|#&]/g, '\\$&');
}

function code(text: string): string {
  return `\`${text.replaceAll(/[`|]|\s+/g, ' ')}\``;
}

function longestTicks(line: string): number {
  return Math.max(0, ...(line.match(/`+/g) ?? []).map((ticks) => ticks.length));
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
