// What the pods of fox's own programs, router and keeper, have in common: no rights on their node, and they know who they are.
import type { V1EnvVar, V1PodSpec, V1SecurityContext } from '@kubernetes/client-node';

/** The image of fox's own programs. */
export interface ProgramImage {
  /** Name by which pods run it. */
  readonly name: string;
  readonly pullPolicy?: 'Never';
  readonly pullSecrets: readonly string[];
}

/** Anybody but root: the processes own nothing and write nothing. */
const user = 65_532;

/** What of a pod's spec is the same for all of them. */
export function programPod({ pullSecrets }: ProgramImage): Omit<V1PodSpec, 'containers'> {
  return {
    automountServiceAccountToken: true,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: user,
      runAsGroup: user,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...(pullSecrets.length === 0 ? {} : { imagePullSecrets: pullSecrets.map((name) => ({ name })) }),
  };
}

/** What a process in it may do. */
export const programSecurity: Readonly<V1SecurityContext> = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/** Arguments that tell a program where it is and who. */
export const identityArguments = [
  ['--mode', 'kubernetes'],
  ['--namespace', '$(POD_NAMESPACE)', '--id', '$(POD_NAME)', '--uid', '$(POD_UID)'],
].flat();

/** The variables in {@link identityArguments}. */
export function identityVariables(): V1EnvVar[] {
  return [
    fromPod('POD_NAMESPACE', 'metadata.namespace'),
    fromPod('POD_NAME', 'metadata.name'),
    fromPod('POD_UID', 'metadata.uid'),
  ];
}

function fromPod(name: string, fieldPath: string): V1EnvVar {
  return { name, valueFrom: { fieldRef: { fieldPath } } };
}
