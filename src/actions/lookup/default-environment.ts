// The default virtual environment of a namespace: the first one that is marked stays the only one.
import type { NamespaceState } from '../../cluster/namespace.ts';
import { FoxError } from '../../core/errors.ts';

/** Name of the environment to which plain traffic goes that names none; of several by mistake, the one that routers take. */
export function markedDefault({ environments }: Pick<NamespaceState, 'environments'>): string | undefined {
  const [first] = environments
    .flatMap(({ definition, isDefault }) => (isDefault ? [definition.name] : []))
    .toSorted();
  return first;
}

/**
 * What is deployed to or released in the config's default environment is meant for plain traffic, which goes elsewhere if
 * another one is marked.
 * @param configured `defaultEnvironment` of the config.
 * @throws FoxError REFUSED
 */
export function refuseOtherDefault(
  state: Pick<NamespaceState, 'environments'>,
  environment: string,
  configured: string,
): void {
  const marked = markedDefault(state);
  if (environment !== configured || marked === undefined || marked === configured) return;
  throw new FoxError(
    'REFUSED',
    `the default virtual environment of this namespace is ${marked}, and the config's is ${configured}: plain traffic that names none goes to ${marked}`,
    {
      hints: [
        `Write \`defaultEnvironment: ${marked}\` in the config. ${configured} can be used then, too, by \`--virtual-env ${configured}\`.`,
      ],
    },
  );
}
