// Says what a cluster doesn't allow: not only the first thing that failed, but everything that fox would need.
import { type ApiClient, isStatus } from '../cluster/api-client.ts';
import { missingRights, type Right, rightsOf, rightText } from '../cluster/rights.ts';
import { FoxError } from '../core/errors.ts';

/** The error itself; a 403 with all rights that are missing. */
export async function explainForbidden(error: unknown, client: ApiClient): Promise<unknown> {
  if (!isStatus(error, 403)) return error;
  const missing = await missingOf(client);
  // A refusal by a quota or by an admission plugin is a 403, too.
  if (missing.length === 0) return error;
  return new FoxError('CLUSTER_FORBIDDEN', error.message, {
    details: [
      `not allowed in namespace ${client.namespace}:`,
      ...missing.map((right) => `  ${rightText(right)}`),
    ],
    hints: ['`fox doctor` shows the Role that grants them, for whoever runs the cluster.'],
    cause: error,
  });
}

/** None, if the cluster doesn't tell: then the first refusal has to do. */
async function missingOf(client: ApiClient): Promise<Right[]> {
  try {
    return await missingRights(client, rightsOf('deployer'));
  } catch (error) {
    if (error instanceof FoxError) return [];
    throw error;
  }
}
