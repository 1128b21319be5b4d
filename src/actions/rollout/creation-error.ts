// Tells of a Deployment that the cluster refuses to take: which component, by which rule, and what was made until then.
import { ApiError } from '../../cluster/api/api-error.ts';
import { FoxError } from '../../core/errors.ts';
import type { Workload } from '../../core/version/workload.ts';
import { ruleHint } from '../session/cluster-rule.ts';

/** What was to be created, and what is. */
export interface CreationProgress {
  readonly create: readonly Workload[];
  readonly done: ReadonlySet<Workload>;
  /** What hasn't happened, as a sentence. */
  readonly undone: string;
}

/** The error for a workload that couldn't be created; what has nothing to do with the workload stays as it is. */
export function creationError(error: FoxError, workload: Workload, progress: CreationProgress): FoxError {
  const { create, done, undone } = progress;
  const rest = create.filter((each) => !done.has(each));
  const details = [
    ...error.details,
    ...(done.size === 0 ? [] : [`created: ${namesOf([...done])}; ${restWord(error)}: ${namesOf(rest)}`]),
  ];
  const rule = ruleOf(error);
  if (rule === undefined) {
    if (!isUncertain(error)) return error;
    return new FoxError(error.code, error.message, { hints: error.hints, details, cause: error });
  }
  const message = `the cluster refuses ${workload.component}: ${saidBy(error)}`;
  return new FoxError('WORKLOAD_FAILED', message, { hints: [rule, undone], details, cause: error });
}

function restWord(error: FoxError): string {
  return isUncertain(error) ? 'not known to be created' : 'not created';
}

/** Where an answer is missing, or is of a server that fails, what was asked for may have been done all the same. */
function isUncertain(error: FoxError): boolean {
  const isFailing = error instanceof ApiError && error.status >= 500 && ruleHint(error.message) === undefined;
  return isFailing || error.code === 'CLUSTER_UNREACHABLE';
}

function namesOf(workloads: readonly Workload[]): string {
  return workloads.map(({ component }) => component).join(', ');
}

function ruleOf(error: FoxError): string | undefined {
  return error instanceof ApiError && error.status >= 400 ? ruleHint(error.message) : undefined;
}

/** The message without the name of the object that it is about. */
function saidBy({ message }: FoxError): string {
  return message
    .replace(/^the cluster answered: /, '')
    .replace(/^Internal error occurred: /, '')
    .replace(/^Deployment\.apps "[^"]*" is invalid: /, '')
    .replace(/^deployments\.apps "[^"]*" is forbidden: /, '');
}
