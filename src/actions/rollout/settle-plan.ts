// What stands around workloads, as a plan needs it: the settings noted on them, and the Services that lead to the router.
import type { NamespaceState } from '../../cluster/namespace.ts';
import type { DeployedWorkload } from '../../cluster/objects/workload-object.ts';
import { FoxError } from '../../core/errors.ts';
import { objectName } from '../../core/labels.ts';
import type { VersionManifest } from '../../core/version/manifest.ts';
import { planServices, type ServicePlan } from '../../core/plan/service-plan.ts';
import { workloadKey } from '../../core/version/workload.ts';

/** Settings in no hash that are noted on workloads, by workload key. */
export function notedSettings(workloads: readonly DeployedWorkload[]): Map<string, string> {
  return new Map(
    workloads.flatMap((workload) =>
      workload.settings === undefined ? [] : [[workloadKey(workload), workload.settings] as const],
    ),
  );
}

/**
 * The Services that a namespace needs once `added` lives in it, too; none where components aren't reached by Services.
 * @throws FoxError REFUSED if a component of `added` has the name of a Service that fox didn't make, or made for its routers.
 */
export function servicesWith(added: VersionManifest, { versions, services }: NamespaceState): ServicePlan {
  if (services === undefined) return { apply: [], remove: [], foreign: [] };
  const plan = planServices([...versions.map(({ manifest }) => manifest), added], services);
  const taken = plan.foreign.filter((name) => added.components[name] !== undefined);
  if (added.components[objectName.router] !== undefined) throw ownName();
  if (taken.length > 0) throw foreignServices(taken);
  return plan;
}

function ownName(): FoxError {
  const name = objectName.router;
  return new FoxError(
    'REFUSED',
    `a component can't be named ${name}: fox's routers have a Service of that name`,
    {
      hints: ['Rename the component.'],
    },
  );
}

function foreignServices(names: readonly string[]): FoxError {
  const what = names.length === 1 ? `Service ${names[0]} exists` : `Services ${names.join(', ')} exist`;
  return new FoxError('REFUSED', `${what}, and fox didn't make ${names.length === 1 ? 'it' : 'them'}`, {
    details: names.map((name) => `component ${name} is called by the name of that Service`),
    hints: [
      'Rename the component; or delete the Service, if nobody needs it.',
      'Or deploy to a namespace of its own: `--namespace <name>`.',
    ],
  });
}
