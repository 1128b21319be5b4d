// What keeps a pointer from moving: problems of the version where it is to be released, and somebody who was faster.
import type { Namespace, NamespaceState } from '../../cluster/namespace.ts';
import { configurationBytes, maxConfigurationBytes } from '../../cluster/objects/configuration-object.ts';
import { FoxError } from '../../core/errors.ts';
import type { ReleaseRecord, Releases } from '../../core/release.ts';
import { problemsIn } from '../environments/known/environment-problems.ts';
import { environmentsByName } from '../environments/known/known-environments.ts';
import { type Choice, currentRecord } from './release-choice.ts';
import type { ReleaseTarget } from './release-target.ts';
import { releaseTies } from './release-ties.ts';
import { planOf } from './release-workloads.ts';
import type { Acknowledgement } from '../session/acknowledgement.ts';

/** Lists everything that is wrong, before anything is changed. @throws FoxError REFUSED. */
export async function refuseProblems(
  namespace: Namespace,
  target: ReleaseTarget,
  state: NamespaceState,
  choice: Choice,
): Promise<void> {
  const { version, environment } = choice;
  const { manifest } = version;
  const now = environmentsByName(state).get(target.environment) ?? environment;
  const found = problemsIn(manifest, [environment], state);
  const ties = releaseTies(state, now, { manifest, environment }).map(
    (tie) => `${tie} in virtual environment ${target.environment}`,
  );
  const lines = [...new Set([...found.lines, ...ties, ...sizeProblem(choice)])];
  if (lines.length > 0) {
    throw new FoxError('REFUSED', `${version.name} can't be released in ${target.environment}`, {
      details: lines,
      hints:
        found.hints.length > 0
          ? ['Nothing was changed.', ...found.hints]
          : [
              `Nothing was changed. Mend it in a new version, or by other values: \`fox env set -e ${target.environment} …\`.`,
            ],
    });
  }
  await namespace.secrets.require(planOf(state, choice).create);
}

/** An environment inherits from many, each of which may fill a ConfigMap. */
function sizeProblem({ environment, isTaken }: Choice): string[] {
  const bytes = configurationBytes(environment);
  if (!isTaken || bytes <= maxConfigurationBytes) return [];
  return [
    `what ${environment.name} says of it has ${bytes} bytes, and a release holds on to ${maxConfigurationBytes} at most`,
  ];
}

/** @throws FoxError CONFLICT if the pointer was moved since. */
export function refuseRace(
  target: ReleaseTarget,
  expected: ReleaseRecord | undefined,
  releases: Releases,
): void {
  const now = currentRecord({ releases }, target);
  if (expected?.id === now?.id) return;
  const who = `${now?.by ?? 'somebody'} released ${now?.version ?? 'another version'} in ${target.environment}`;
  throw new FoxError('CONFLICT', `${who} at the same time; nothing was changed by this command`, {
    hints: [
      `\`fox history --virtual-env ${target.environment}\` shows who did what. Run this again if it shall still be done.`,
    ],
  });
}

/** The pointer has moved, but not every router knows. */
export function notAcknowledged(version: string, { acked, total, behind = [] }: Acknowledgement): FoxError {
  return new FoxError(
    'TIMED_OUT',
    `${version} is released, but only ${acked} of ${total} routers serve it yet`,
    {
      details: behind,
      hints: [
        '`fox status` shows the routers. They take it over as soon as they can; `fox rollback` takes it back.',
      ],
    },
  );
}
