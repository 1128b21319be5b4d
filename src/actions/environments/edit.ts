// `fox env edit`: a person edits what a virtual environment says; it is applied whole, or not at all.
import type { EnvironmentFile } from '../../config/environment-file.ts';
import type { NamespaceState } from '../../cluster/namespace.ts';
import type { StoredEnvironment } from '../../cluster/objects/environment-object.ts';
import type { SecretVault } from '../../cluster/secrets/vault.ts';
import type {
  EnvironmentDefinition,
  SecretReference,
} from '../../core/environments/environment-definition.ts';
import { type ErrorCode, FoxError } from '../../core/errors.ts';
import { expiryOf } from '../../core/environments/time-to-live.ts';
import type { ActionContext, CommonOptions } from '../context.ts';
import { withWorkspace, type Workspace } from '../place/workspace.ts';
import { withCluster, withClusterSnapshot } from '../session/cluster-session.ts';
import { changeEnvironments } from './change/change-environments.ts';
import type { EnvironmentChangeResult } from './change/change-result.ts';
import { compact } from './change/definition-edit.ts';
import { isEmptied, readEdited, textToEdit, withoutProblem, withProblem } from './edit/edited-text.ts';
import { changesBetween } from './change/environment-change.ts';
import { requiredDefinition } from './known/environment-lookup.ts';
import { environmentsByName } from './known/known-environments.ts';
import { recogniseSecrets } from './values/set-secret.ts';
import { changedMeanwhile } from './change/write-environments.ts';

export interface EditOptions extends CommonOptions {
  readonly virtualEnv: string;
  readonly dryRun?: boolean;
  /** Lets a person edit a text. @returns it as it was left. */
  readonly edit: (text: string) => Promise<string>;
  /** A program edits, which wouldn't set right what is wrong with its text: it isn't asked again. */
  readonly isOnce?: boolean;
  /** Keeps a text that couldn't be applied. @returns the path of its file. */
  readonly keep: (text: string) => Promise<string>;
}

/** An environment as it was when its text was given to be edited. */
interface Given {
  readonly stored: StoredEnvironment;
  readonly text: string;
  /** Pods of the namespace. */
  readonly pods: number;
}

/**
 * Lets a person edit an environment until the text can be applied, or is left as it is.
 * @throws FoxError NOT_FOUND if there is none, CANCELLED if nothing is left of the text, CONFLICT if somebody else has changed it
 * meanwhile; and as {@link changeEnvironments}. The text is kept in a file then, and the error names it.
 */
export async function editEnvironment(
  options: EditOptions,
  context: ActionContext,
): Promise<EnvironmentChangeResult> {
  return withWorkspace(context, options, async (workspace) => {
    const given = await withClusterSnapshot(workspace, context, async ({ namespace }) =>
      givenText(options.virtualEnv, await namespace.observe()),
    );
    let text = given.text;
    let problem: FoxError | undefined;
    for (;;) {
      const left = withoutProblem(await options.edit(text));
      context.signal.throwIfAborted();
      if (isEmptied(left)) throw new FoxError('CANCELLED', 'cancelled: nothing was changed');
      if (left === given.text) return unchanged(options, given);
      if (problem !== undefined && left === withoutProblem(text)) throw await kept(problem, left, options);
      try {
        return await applied(left, given, workspace, options, context);
      } catch (error) {
        if (!(error instanceof FoxError)) throw error;
        if (options.isOnce === true || !mendable.has(error.code)) throw await kept(error, left, options);
        problem = error;
        text = withProblem(left, error);
      }
    }
  });
}

/** What somebody may set right by editing on. */
const mendable: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CONFIG_INVALID',
  'NAME_INVALID',
  'NOT_FOUND',
  'REFUSED',
  'USAGE',
]);

function givenText(name: string, state: NamespaceState): Given {
  const definition = requiredDefinition(state, name);
  const stored = state.environments.find((each) => each.definition === definition);
  if (stored === undefined) throw new Error(`${name} is there, and yet isn't`);
  return {
    stored,
    text: textToEdit(definition, environmentsByName(state).get(name)),
    pods: state.workloads.reduce((sum, { replicas }) => sum + replicas, 0),
  };
}

async function applied(
  text: string,
  { stored }: Given,
  workspace: Workspace,
  options: EditOptions,
  context: ActionContext,
): Promise<EnvironmentChangeResult> {
  const { virtualEnv: name, dryRun = false } = options;
  const file = readEdited(text, name);
  const reach = dryRun ? withClusterSnapshot : withCluster;
  return reach(workspace, context, async (session) => {
    const { defaultEnvironment } = workspace;
    const change = { ...options, kind: 'env edit', what: `env edit ${name}`, defaultEnvironment };
    return changeEnvironments(session, change, context, async (state) => {
      refuseChanged(stored, state);
      const around = { vault: session.namespace.secrets, now: context.now().getTime() };
      return { put: [await editedDefinition(file, stored.definition, around)] };
    });
  });
}

/** What is edited is a whole: somebody else's work would be undone by it. */
function refuseChanged(stored: StoredEnvironment, { environments }: NamespaceState): void {
  const { name } = stored.definition;
  const now = environments.find(({ definition }) => definition.name === name);
  const isSame = now?.damage === undefined && now !== undefined;
  if (isSame && changesBetween(stored.definition, now.definition).length === 0) return;
  throw changedMeanwhile(name, stored, now);
}

interface Around {
  readonly vault: SecretVault;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What a text makes of an environment. What it leaves as it was stays exactly so. */
async function editedDefinition(
  read: EnvironmentFile,
  before: EnvironmentDefinition,
  { vault, now }: Around,
): Promise<EnvironmentDefinition> {
  const { name, parent, vars, secrets: sources, hosts, subPath, policy, access, ttl } = read;
  const { sticky, skewProtection, responseHeaders } = read;
  const stay = Object.entries(before.secrets ?? {}).filter(([each, { from }]) => {
    const source = Object.hasOwn(sources, each) ? sources[each]?.from : undefined;
    return from?.name === source?.name && from?.key === source?.key;
  });
  const staying = new Set(stay.map(([each]) => each));
  const fresh = new Map(Object.entries(sources).filter(([each]) => !staying.has(each)));
  const { references } = await recogniseSecrets(vault, fresh);
  const secrets: Record<string, SecretReference> = Object.fromEntries([...stay, ...references]);
  const fromNow = ttl === undefined ? undefined : expiryOf(ttl, now);
  return compact({
    name,
    parent,
    hosts,
    subPath,
    policy,
    access,
    accessKey: before.accessKey,
    sticky,
    skewProtection,
    responseHeaders,
    ttl,
    expiresAt: ttl === before.ttl ? before.expiresAt : fromNow,
    vars,
    secrets,
  });
}

function unchanged({ dryRun = false }: EditOptions, { stored, pods }: Given): EnvironmentChangeResult {
  return {
    schema: 'fox/v1',
    kind: 'env edit',
    environments: [{ name: stored.definition.name, action: 'unchanged', changes: [] }],
    workloads: { create: [], remove: [] },
    pods: { before: pods, after: pods },
    routers: { acked: 0, total: 0 },
    held: [],
    dryRun,
  };
}

/** The same error, which tells where the text is. */
async function kept(error: FoxError, text: string, { keep, virtualEnv }: EditOptions): Promise<FoxError> {
  const path = await keep(text);
  const { code, message, details, hints, cause } = error;
  const where =
    code === 'CONFLICT'
      ? `Your text is in ${path}: \`fox env edit ${virtualEnv}\` again, and bring over what you have changed; applied as it is, it would undo what others have.`
      : `Your text is in ${path}: \`fox env apply -f ${path}\` applies it.`;
  return new FoxError(code, message, { details, hints: [...hints, where], cause });
}
