// `fox doctor --role`: the Role that fox needs in a namespace, and what binds it to whoever asks, for an administrator to apply.
import type { RbacV1Subject, V1Role, V1RoleBinding } from '@kubernetes/client-node';
import { missingRights, type Part, rightsOf, roleOf } from '../../cluster/rights.ts';
import { userName } from '../../cluster/server-facts.ts';
import { openTransport } from '../../cluster/api/transport.ts';
import { FoxError } from '../../core/errors.ts';
import { type ClusterPlace, withClusterSnapshot } from '../session/cluster-session.ts';
import type { ActionContext } from '../context.ts';
import { attempt, type Limits } from './finding.ts';

/** Objects that `kubectl apply -f -` takes. */
export interface RoleList {
  readonly apiVersion: 'v1';
  readonly kind: 'List';
  readonly items: readonly (V1Role | V1RoleBinding)[];
}

/**
 * The Role; and a RoleBinding to whoever asks, if they lack its rights and the cluster tells their name.
 * @throws FoxError USAGE for the embedded cluster, which allows everything; CLUSTER_NOT_CONFIGURED.
 */
export async function roleFor(
  part: Part,
  place: ClusterPlace,
  context: ActionContext,
  limits: Limits,
): Promise<RoleList> {
  return withClusterSnapshot(place, context, async ({ cluster, namespace: { client } }) => {
    if (cluster.kind === 'embedded') throw noRoleNeeded();
    const role = roleOf(part, client.namespace);
    const transport = openTransport(cluster.connection);
    try {
      // Who prepares it for others need not reach the cluster.
      const asked = await attempt('rights', limits, async () => {
        const missing = await missingRights(client, rightsOf(part));
        return missing.length === 0 ? undefined : userName(transport.send);
      });
      const bindings = asked.value === undefined ? [] : [bindingOf(role, asked.value)];
      if (bindings.length === 0) context.emit({ type: 'info', text: bindingHint(role) });
      return { apiVersion: 'v1', kind: 'List', items: [role, ...bindings] };
    } finally {
      transport.close();
    }
  });
}

function noRoleNeeded(): FoxError {
  return new FoxError('USAGE', 'the embedded cluster needs no Role: it allows everything', {
    hints: ['Name a Kubernetes cluster with `--context`, or `cluster` in the config.'],
  });
}

function bindingHint({ metadata }: V1Role): string {
  const { name = '', namespace = '' } = metadata ?? {};
  const command = `kubectl create rolebinding ${name} --role ${name} --user <name> -n ${namespace}`;
  return `Once it is applied, it must be bound to whoever shall have these rights: \`${command}\`, or --serviceaccount <namespace>:<name>`;
}

function bindingOf({ metadata }: V1Role, user: string): V1RoleBinding {
  const name = metadata?.name ?? '';
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { ...metadata, labels: { ...metadata?.labels }, name: `${name}-${slug(user)}` },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [subjectOf(user)],
  };
}

/** Service accounts are told by their namespace and name. */
function subjectOf(user: string): RbacV1Subject {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user) ?? [];
  if (namespace !== undefined && name !== undefined) return { kind: 'ServiceAccount', namespace, name };
  return { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: user };
}

/** Several users are bound by several objects. */
function slug(user: string): string {
  return user
    .toLowerCase()
    .replace(/^system:serviceaccount:/, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 60);
}
