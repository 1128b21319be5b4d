// What fox finds of secrets in a cluster: whether the values that virtual environments name can be had, and pods have theirs.
import { isStatus } from '../../cluster/api/api-error.ts';
import type { Namespace, NamespaceState } from '../../cluster/namespace.ts';
import { secretProblemText } from '../../cluster/secrets/value-search.ts';
import { objectName } from '../../core/labels.ts';
import { wantedWorkloads } from '../../core/plan/wanted.ts';
import type { Workload } from '../../core/version/workload.ts';
import { environmentsByName } from '../environments/known/known-environments.ts';
import { type Finding, ok, warning } from './finding.ts';

/** Nothing where there are no secrets. Rights and namespaces that are missing are other checks' matter. */
export async function checkSecrets(namespace: Namespace): Promise<readonly Finding[]> {
  try {
    const state = await namespace.observe();
    const named = namedSecrets(state);
    if (named.length === 0) return [];
    const problems = await namespace.secrets.problems(named);
    const lacking = await namespace.secrets.lackingCopies(runningWorkloads(state));
    if (problems.length + lacking.length === 0) return [ok('secrets', 'all values can be had')];
    return [
      warning(
        'secrets',
        'not all values can be had: what runs goes on, but new pods may not start',
        [...new Set(problems.map(({ hint }) => hint)), ...(lacking.length === 0 ? [] : [deployAgain])].join(
          ' ',
        ),
        [...problems.map(secretProblemText), ...lacking.map(lackingText)],
      ),
    ];
  } catch (error) {
    if (isStatus(error, 403) || isStatus(error, 404)) return [];
    throw error;
  }
}

const deployAgain = '`fox deploy` of a version makes the Secrets of its workloads again.';

function lackingText({ app, component, hash }: Workload): string {
  const name = objectName.workload(app, component, hash);
  return `Secret ${name} is gone: the next pod of that workload can't start`;
}

/** Secrets that environments say themselves. */
function namedSecrets({ environments }: NamespaceState): { name: string; fingerprint: string }[] {
  return environments.flatMap(({ definition: { secrets = {} } }) =>
    Object.entries(secrets).map(([name, { fingerprint }]) => ({ name, fingerprint })),
  );
}

function runningWorkloads(state: NamespaceState): Workload[] {
  const running = new Set(state.workloads.map(({ name }) => name));
  return [...wantedWorkloads(state.versions, environmentsByName(state)).values()]
    .map(({ workload }) => workload)
    .filter(({ app, component, hash }) => running.has(objectName.workload(app, component, hash)));
}
