// `fox env set`: variables, secrets and settings of one virtual environment.
import type { NamespaceState } from '../../cluster/namespace.ts';
import type { EnvironmentDefinition } from '../../core/environments/environment-definition.ts';
import { parseTimeToLive } from '../../core/environments/time-to-live.ts';
import type { ActionContext, CommonOptions } from '../context.ts';
import { requireEnvironmentName } from '../lookup/lookup.ts';
import { withWorkspace } from '../place/workspace.ts';
import { type ClusterSession, withCluster, withClusterSnapshot } from '../session/cluster-session.ts';
import {
  type Assigned,
  refuseNames,
  refuseSecrets,
  tellUndeclared,
  tellUndeclaredSecrets,
  typedValues,
} from './values/assigned-values.ts';
import { type ChangeOptions, changeEnvironments } from './change/change-environments.ts';
import type { EnvironmentChangeResult } from './change/change-result.ts';
import {
  componentsAtHead,
  type Declaring,
  declaredTypes,
  runningComponents,
} from './values/declared-types.ts';
import { type DefinitionEdit, editDefinition } from './change/definition-edit.ts';
import type { EnvironmentChange } from './change/environment-change.ts';
import { EnvironmentLookup, existingDefinition } from './known/environment-lookup.ts';
import { LeftSecrets } from './change/left-secrets.ts';
import { recogniseSecrets, type SecretSource } from './values/set-secret.ts';

/** `vars` and `secrets` of the edit are worked out of what is given here. */
export interface SetOptions extends CommonOptions, Assigned, Omit<DefinitionEdit, 'vars' | 'secrets'> {
  readonly virtualEnv: string;
  readonly sources?: ReadonlyMap<string, SecretSource>;
  /** A virtual environment that doesn't exist is made. */
  readonly create?: boolean;
  readonly dryRun?: boolean;
}

/**
 * Sets what is given; all else stays.
 * @throws FoxError USAGE with every value that can't be had, NOT_FOUND if there is no such environment; and as {@link changeEnvironments}.
 */
export async function setEnvironment(
  options: SetOptions,
  context: ActionContext,
): Promise<EnvironmentChangeResult> {
  const { virtualEnv: name, dryRun = false } = options;
  requireEnvironmentName(name);
  refuseNames([...options.assignments.keys()]);
  if (typeof options.ttl === 'string') parseTimeToLive(options.ttl);
  const reach = dryRun ? withClusterSnapshot : withCluster;
  return withWorkspace(context, options, async (workspace) => {
    const setsValues = options.assignments.size + (options.sources?.size ?? 0) > 0;
    const atHead = setsValues ? await componentsAtHead(workspace, context) : [];
    const { defaultEnvironment } = workspace;
    return reach(workspace, context, async (session) => {
      const lookup = new EnvironmentLookup(
        { name, defaultEnvironment, create: options.create ?? false },
        context,
      );
      const change: ChangeOptions = {
        ...options,
        kind: 'env set',
        what: `env set ${name}`,
        defaultEnvironment,
      };
      const tell = once(context);
      const left = new LeftSecrets(session.namespace.secrets, context);
      return changeEnvironments(session, change, context, async (state) => {
        const definition = await lookup.definition(state);
        return edited(definition, options, { state, session, atHead, context, tell, left });
      });
    });
  });
}

interface Around {
  readonly state: NamespaceState;
  readonly session: ClusterSession;
  readonly atHead: readonly Declaring[];
  readonly context: ActionContext;
  readonly tell: (text: string) => void;
  readonly left: LeftSecrets;
}

async function edited(
  definition: EnvironmentDefinition,
  options: SetOptions,
  { state, session, atHead, context, tell, left }: Around,
): Promise<EnvironmentChange> {
  const { name } = definition;
  const declared = declaredTypes([...runningComponents(state, name), ...atHead]);
  refuseSecrets(definition, options, declared);
  const vars = typedValues(options, declared);
  if (options.type === undefined) tellUndeclared(vars, declared, tell);
  const { sources = new Map<string, SecretSource>() } = options;
  tellUndeclaredSecrets(sources.keys(), declared, tell);
  const { references: secrets, values } = await recogniseSecrets(session.namespace.secrets, sources, {
    environment: name,
    names: sources,
  });
  const made = editDefinition(definition, { ...options, vars, secrets }, context.now().getTime());
  return {
    put: [existingDefinition(state, name) === undefined ? await left.added(made, state) : made],
    secrets: new Map([[name, values]]),
  };
}

/** Tells each text once, however often the change is worked out. */
function once({ emit }: Pick<ActionContext, 'emit'>): (text: string) => void {
  const told = new Set<string>();
  return (text) => {
    if (told.has(text)) return;
    told.add(text);
    emit({ type: 'info', text });
  };
}
