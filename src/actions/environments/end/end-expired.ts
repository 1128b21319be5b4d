// Ends a virtual environment whose time is over, if it still is once it is our turn: somebody may have given it more.
import type { Namespace } from '../../../cluster/namespace.ts';
import { isExpired } from '../../../core/environments/time-to-live.ts';
import type { ActionContext } from '../../context.ts';
import { exclusively } from '../../session/exclusively.ts';
import { endEnvironment } from './end-environment.ts';
import { type EnvironmentEnd, refuseEnd } from './environment-end.ts';

/**
 * Ends an environment as people do, under the same Lease; what is released there ends, too.
 * @returns undefined if its time isn't over, or it is gone.
 * @throws FoxError IN_USE if it is the default one, or others inherit from it.
 */
export async function endExpired(
  namespace: Namespace,
  name: string,
  context: Pick<ActionContext, 'user' | 'emit' | 'signal'>,
): Promise<EnvironmentEnd | undefined> {
  return exclusively(namespace, context, `end ${name}, whose time is over`, async (signal) => {
    const state = await namespace.observe();
    const environment = state.environments.find(({ definition }) => definition.name === name);
    // By the server's clock, which that answer has just told.
    if (environment === undefined || !isExpired(environment.definition, namespace.client.now()))
      return undefined;
    refuseEnd(state, name, true);
    return endEnvironment(namespace, name, state, { ...context, signal });
  });
}
