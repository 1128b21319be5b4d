// What a component's process may do on Kubernetes: as little as possible without breaking ordinary images.
import type { V1SecurityContext } from '@kubernetes/client-node';
import type { SecurityContext } from '../../core/version/pod-settings.ts';

/**
 * What images need that start as root to prepare their files and then become another user, as those of nginx, Redis
 * and PostgreSQL do. A process that isn't root has none of it, as nothing it runs may gain rights.
 */
const stepDown = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'KILL', 'NET_BIND_SERVICE', 'SETGID', 'SETUID'];

/**
 * The security context of a component's container. Without a word it fulfils the Pod Security Standard "baseline", and
 * all of "restricted" but what many images can't: not to be root. With `runAsNonRoot` it fulfils "restricted".
 */
export function securityContext(given: SecurityContext = {}): V1SecurityContext {
  const isNoRoot = given.runAsNonRoot === true || (given.runAsUser ?? 0) > 0;
  const { capabilities, ...rest } = given;
  return {
    allowPrivilegeEscalation: false,
    capabilities:
      capabilities === undefined
        ? { drop: ['ALL'], ...(isNoRoot ? {} : { add: [...stepDown] }) }
        : mutable(capabilities),
    seccompProfile: { type: 'RuntimeDefault' },
    ...rest,
  };
}

function mutable({ add, drop }: NonNullable<SecurityContext['capabilities']>) {
  return {
    ...(add === undefined ? {} : { add: [...add] }),
    ...(drop === undefined ? {} : { drop: [...drop] }),
  };
}
