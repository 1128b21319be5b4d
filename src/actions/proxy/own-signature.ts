// On the embedded cluster `fox proxy` signs what it sends on: the router can't tell it from anybody else on this machine.
import type { NamespaceState } from '../../cluster/namespace.ts';
import { signLink } from '../../core/routing/signed-link.ts';
import type { ActionContext } from '../context.ts';
import { environmentsByName } from '../environments/known/known-environments.ts';
import { recognisedLinkKey, refusedInternal, type Signing } from '../open/open-link.ts';
import type { ClusterSession } from '../session/cluster-session.ts';
import type { Signer } from './selected-request.ts';

/** A signature is good for so long at least, in ms; those of one such time are the same, so that the router knows them. */
const life = 60_000;

/**
 * Signs requests for an environment that is open to signed links; undefined where none are needed: in Kubernetes whoever
 * may forward a port passes.
 * @throws FoxError REFUSED where nothing lets anybody in; as {@link recognisedLinkKey}.
 */
export async function ownSigner(
  session: ClusterSession,
  environment: string,
  state: NamespaceState,
  signing: Omit<Signing, 'expiresAt'>,
  context: ActionContext,
): Promise<Signer | undefined> {
  if (session.cluster.kind !== 'embedded') return undefined;
  const effective = environmentsByName(state).get(environment);
  if (effective?.access === 'internal') throw refusedInternal(effective);
  if (effective?.access !== 'signed') return undefined;
  const linkKey = await recognisedLinkKey(session, effective, signing, context);
  const expiresAt = () => (Math.floor(context.now().getTime() / life) + 2) * life;
  return { environment, sign: (link) => signLink(link, linkKey, expiresAt()) };
}
