// What a URL needs so that a router lets its bearer see what it names: nothing, or a signature.
import { accessKeyOf, type Link, signLink } from '../../core/routing/signed-link.ts';
import type { EnvironmentDefinition } from '../../core/environments/environment-definition.ts';
import { FoxError } from '../../core/errors.ts';
import type { EffectiveEnvironment } from '../../core/environments/inheritance.ts';
import type { NamespaceState } from '../../cluster/namespace.ts';
import type { ActionContext, CommonOptions } from '../context.ts';
import { changeEnvironments, type ChangeSession } from '../environments/change/change-environments.ts';
import { definitionsOf } from '../environments/known/known-environments.ts';

/** Who signs, where. */
export interface Signing extends CommonOptions {
  readonly defaultEnvironment: string;
  /** Ms since 1970. */
  readonly expiresAt: number;
}

/**
 * The signature of a link into an environment that is open to signed ones.
 * @throws FoxError as {@link recognisedLinkKey}.
 */
export async function signatureFor(
  session: ChangeSession,
  link: Link,
  environment: EffectiveEnvironment,
  signing: Signing,
  context: ActionContext,
): Promise<string> {
  return signLink(link, await recognisedLinkKey(session, environment, signing, context), signing.expiresAt);
}

/**
 * The key for links into an environment that is open to signed ones (PEM). Routers are told how to recognise what is signed
 * with it, unless they know.
 * @throws FoxError as {@link changeEnvironments}.
 */
export async function recognisedLinkKey(
  session: ChangeSession,
  environment: EffectiveEnvironment,
  signing: Omit<Signing, 'expiresAt'>,
  context: ActionContext,
): Promise<string> {
  const linkKey = await session.namespace.secrets.linkKey();
  const accessKey = accessKeyOf(linkKey);
  if (environment.accessKey !== accessKey) {
    const { name } = environment;
    const options = { ...signing, kind: 'open', what: `open -e ${name}` };
    await changeEnvironments(session, options, context, (state) => ({
      put: [{ ...keyHolder(state, environment), accessKey }],
    }));
  }
  return linkKey;
}

/** The environment that says by which key links are recognised, else that which says that they must be signed. */
function keyHolder(
  state: NamespaceState,
  { lineage, definition }: EffectiveEnvironment,
): EnvironmentDefinition {
  const definitions = definitionsOf(state.environments);
  const line = lineage.flatMap((name) => definitions.get(name) ?? []);
  return (
    line.find(({ accessKey }) => accessKey !== undefined) ??
    line.find(({ access }) => access === 'signed') ??
    definition
  );
}

/** Nobody can ask for an internal environment by a URL. */
export function refusedInternal({
  name: environment,
  definition: { subPath },
}: Pick<EffectiveEnvironment, 'name' | 'definition'>): FoxError {
  return new FoxError(
    'REFUSED',
    `no URL names virtual environment ${environment}, or a version in it: its access is internal`,
    {
      hints: [
        subPath === undefined
          ? `\`fox env set -e ${environment} --sub-path ${environment}\` gives what is released there a URL.`
          : `What is released there has the URL that \`fox open -e ${environment}\` opens: its sub-path is ${subPath}.`,
        `\`fox env set -e ${environment} --access signed\` lets \`fox open\` sign URLs.`,
        'On Kubernetes, `fox proxy` leads into it: add kf-dep and kf-ve to its URL.',
      ],
    },
  );
}
