// Says what a cluster doesn't allow, or doesn't have: not only the first thing that failed, but everything that fox would need.
import type { ApiClient } from '../../cluster/api/api-client.ts';
import { ApiError, isStatus } from '../../cluster/api/api-error.ts';
import { missingRights, type Part, type Right, rightLines, rightsOf } from '../../cluster/rights.ts';
import { FoxError } from '../../core/errors.ts';
import { ruleHint } from './cluster-rule.ts';

/** What was asked for, where an authorizer refuses it: `cannot create resource "pods/log" in API group ""`. */
const refusedRight = /is forbidden: User ".*" cannot (\S+) resource "([^"]+)"/;

/** A cluster's answer, as users are told of it: a missing namespace, or a 403 with all rights that are missing. */
export async function explainAnswer(
  error: unknown,
  client: ApiClient,
  { context, part }: { readonly context: string; readonly part: Part },
): Promise<unknown> {
  if (isStatus(error, 404) && error.message.endsWith(`namespaces "${client.namespace}" not found`))
    return missingNamespace(error, client.namespace, context);
  if (error instanceof ApiError && !refusedRight.test(error.message)) return explainRule(error);
  return isStatus(error, 403) ? explainForbidden(error, client, part) : error;
}

/** A quota, an admission plugin or a webhook refuses in its own words. */
function explainRule(error: ApiError): FoxError {
  const hint = ruleHint(error.message);
  if (hint === undefined) return error;
  return new FoxError(error.code, error.message, { hints: [hint], cause: error });
}

function missingNamespace(cause: ApiError, namespace: string, context: string): FoxError {
  return new FoxError('CLUSTER_NOT_CONFIGURED', `cluster ${context} has no namespace "${namespace}"`, {
    hints: [
      `\`kubectl create namespace ${namespace}${context === 'in-cluster' ? '' : ` --context ${context}`}\` makes it.`,
      '`--namespace` names another.',
    ],
    cause,
  });
}

async function explainForbidden(error: ApiError, client: ApiClient, part: Part): Promise<FoxError> {
  const [, verb, resource] = refusedRight.exec(error.message) ?? [];
  if (verb === undefined || resource === undefined) return error;
  const known = (of: Part) => rightsOf(of).some((right) => isRight(right, verb, resource));
  const asked = known(part) ? part : known('deployer') ? 'deployer' : 'installer';
  return (await forbidden(error.message, client, asked, error)) ?? error;
}

/** Undefined if nothing is missing, or the cluster doesn't tell. */
async function forbidden(
  message: string,
  client: ApiClient,
  part: Part,
  cause?: ApiError,
): Promise<FoxError | undefined> {
  const rights = rightsOf(part);
  const missing = await missingOf(client, rights);
  if (missing.length === 0) return undefined;
  const details = [
    `not allowed in namespace ${client.namespace}:`,
    ...rightLines(missing).map((line) => `  ${line}`),
  ];
  const role = `\`fox doctor --role ${part}\` prints the Role that grants them, for whoever runs the cluster.`;
  const isAll = missing.length === rights.length;
  const hints = isAll ? [role, 'Nothing is allowed there: is it the right namespace?'] : [role];
  return new FoxError('CLUSTER_FORBIDDEN', message, { details, hints, cause });
}

/**
 * Refuses whoever may not deploy, before anything is built or changed for it. One round trip.
 * @param also what this takes beside what every deploy does.
 * @throws FoxError CLUSTER_FORBIDDEN with all rights that are missing.
 */
export async function requireDeployer(client: ApiClient, also: readonly Right[] = []): Promise<void> {
  if ((await missingOf(client, [...essentialRights, ...also])).length === 0) return;
  const message = `this user may not deploy in namespace ${client.namespace}`;
  const refusal = await forbidden(message, client, 'deployer');
  if (refusal !== undefined) throw refusal;
}

/** What no deploy does without: none may turn out to be missing when half of it is done. */
const essentialRights: readonly Right[] = [
  { verb: 'create', resource: 'deployments' },
  { verb: 'watch', resource: 'deployments' },
  { verb: 'list', resource: 'pods' },
  { verb: 'watch', resource: 'pods' },
  { verb: 'create', resource: 'configmaps' },
  { verb: 'get', resource: 'configmaps' },
  { verb: 'patch', resource: 'configmaps' },
  { verb: 'create', resource: 'services' },
  { verb: 'patch', resource: 'services' },
  { verb: 'get', resource: 'leases' },
  { verb: 'create', resource: 'leases' },
  { verb: 'update', resource: 'leases' },
  { verb: 'watch', resource: 'leases' },
];

function isRight(right: Right, verb: string, resource: string): boolean {
  const name = right.subresource === undefined ? right.resource : `${right.resource}/${right.subresource}`;
  return right.verb === verb && name === resource;
}

/** None, if the cluster doesn't tell: then the first refusal has to do. */
async function missingOf(client: ApiClient, rights: readonly Right[]): Promise<Right[]> {
  try {
    return await missingRights(client, rights);
  } catch (error) {
    if (error instanceof FoxError) return [];
    throw error;
  }
}

/**
 * What a list shows that a picture is complete without. Where reading it isn't allowed there is a warning, and
 * `otherwise` instead.
 */
export async function whereAllowed<T>(
  list: Promise<T>,
  otherwise: T,
  onMissing: (why: string) => void,
): Promise<T> {
  try {
    return await list;
  } catch (error) {
    if (!isStatus(error, 403)) throw error;
    onMissing(error.message);
    return otherwise;
  }
}
