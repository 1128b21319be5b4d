// `fox env apply`: virtual environments become what files say of them, whole; or one is made or refreshed without any file.
import { readEnvironmentFiles, type EnvironmentFile } from '../../config/environment-file.ts';
import type { NamespaceState } from '../../cluster/namespace.ts';
import type { SecretVault } from '../../cluster/secrets/vault.ts';
import type {
  EnvironmentDefinition,
  SecretReference,
} from '../../core/environments/environment-definition.ts';
import { FoxError } from '../../core/errors.ts';
import { expiryOf, parseTimeToLive } from '../../core/environments/time-to-live.ts';
import type { ActionContext, CommonOptions } from '../context.ts';
import { requireEnvironmentName } from '../lookup/lookup.ts';
import { withWorkspace } from '../place/workspace.ts';
import { withCluster, withClusterSnapshot } from '../session/cluster-session.ts';
import { changeEnvironments } from './change/change-environments.ts';
import type { EnvironmentChangeResult } from './change/change-result.ts';
import { compact, editDefinition } from './change/definition-edit.ts';
import type { EnvironmentChange } from './change/environment-change.ts';
import { existingDefinition } from './known/environment-lookup.ts';
import { definitionsOf } from './known/known-environments.ts';
import { LeftSecrets } from './change/left-secrets.ts';
import { recogniseSecrets } from './values/set-secret.ts';

export interface ApplyOptions extends CommonOptions {
  /** Files, directories, and `-` for standard input. */
  readonly files?: readonly string[];
  /** Name of the only environment: instead of what its file says, or of one without a file. */
  readonly name?: string;
  /** Its parent, likewise. */
  readonly from?: string;
  /** How long it lives from now on, likewise. */
  readonly ttl?: string;
  readonly dryRun?: boolean;
  /** Gives what is piped in. */
  readonly standardInput: () => Promise<string>;
}

/** What is applied: all that a file says, or some settings of one environment. */
type Wanted =
  | { readonly kind: 'files'; readonly files: readonly EnvironmentFile[] }
  | { readonly kind: 'settings'; readonly name: string; readonly parent?: string; readonly ttl?: string };

/**
 * Makes environments what is said of them. Of a file all counts: what it doesn't say goes, but for secrets that fox keeps.
 * @throws FoxError CONFIG_INVALID with every problem of all files; USAGE; and as {@link changeEnvironments}.
 */
export async function applyEnvironments(
  options: ApplyOptions,
  context: ActionContext,
): Promise<EnvironmentChangeResult> {
  const wanted = await wantedOf(options, context.cwd);
  const names = wanted.kind === 'files' ? wanted.files.map(({ name }) => name) : [wanted.name];
  const what = names.length > 3 ? `${names.length} virtual environments` : names.join(', ');
  const reach = options.dryRun === true ? withClusterSnapshot : withCluster;
  return withWorkspace(context, options, async (workspace) =>
    reach(workspace, context, async (session) => {
      const { defaultEnvironment } = workspace;
      const change = { ...options, kind: 'env apply', what: `env apply ${what}`, defaultEnvironment };
      const { secrets: vault } = session.namespace;
      const left = new LeftSecrets(vault, context);
      return changeEnvironments(session, change, context, async (state) => {
        const around = { state, vault, left, now: context.now().getTime() };
        if (wanted.kind === 'settings') return { put: [await refreshed(wanted, around)] };
        return declared(wanted.files, around);
      });
    }),
  );
}

async function wantedOf(
  { files = [], name, from, ttl, standardInput }: ApplyOptions,
  directory: string,
): Promise<Wanted> {
  if (ttl !== undefined) parseTimeToLive(ttl);
  for (const each of [name, from]) if (each !== undefined) requireEnvironmentName(each);
  const settings = { ...(from === undefined ? {} : { parent: from }), ...(ttl === undefined ? {} : { ttl }) };
  if (files.length === 0) {
    if (name === undefined) throw nothingToApply();
    return { kind: 'settings', name, ...settings };
  }
  const read = await readEnvironmentFiles(files, { directory, standardInput });
  const isSettled = name !== undefined || Object.keys(settings).length > 0;
  if (isSettled && read.length > 1) throw ofWhich(read);
  const naming = name === undefined ? {} : { name };
  return {
    kind: 'files',
    files: isSettled ? read.map((each) => ({ ...each, ...naming, ...settings })) : read,
  };
}

function nothingToApply(): FoxError {
  return new FoxError('USAGE', 'nothing is said that could be applied', {
    hints: [
      'Name files or directories: `fox env apply -f environments/`.',
      'Or make one without a file: `fox env apply --name pr-123 --from dev --ttl 72h`.',
    ],
  });
}

function ofWhich(files: readonly EnvironmentFile[]): FoxError {
  const names = files.map(({ name }) => name).join(', ');
  return new FoxError(
    'USAGE',
    `--name, --from and --ttl are of one virtual environment, and there are ${names}`,
    {
      hints: ['Name the one file that is meant: `-f environments/pr.yaml`.'],
    },
  );
}

/** What there is of it stays; how long it lives counts anew from now, also where that isn't said again. */
async function refreshed(
  { name, parent, ttl }: Wanted & { readonly kind: 'settings' },
  { state, left, now }: Pick<Around, 'state' | 'left' | 'now'>,
): Promise<EnvironmentDefinition> {
  const existing = existingDefinition(state, name) ?? (await left.added({ name, vars: {} }, state));
  const life = ttl ?? existing.ttl;
  const edit = { ...(parent === undefined ? {} : { parent }), ...(life === undefined ? {} : { ttl: life }) };
  return editDefinition(existing, edit, now);
}

interface Around {
  readonly state: NamespaceState;
  readonly vault: SecretVault;
  readonly left: LeftSecrets;
  /** Milliseconds since 1970. */
  readonly now: number;
}

async function declared(files: readonly EnvironmentFile[], around: Around): Promise<EnvironmentChange> {
  const known = definitionsOf(around.state.environments);
  const put: EnvironmentDefinition[] = [];
  for (const file of files) put.push(await definitionOf(file, known.get(file.name), around));
  return { put };
}

async function definitionOf(
  read: EnvironmentFile,
  existing: EnvironmentDefinition | undefined,
  { state, vault, left, now }: Around,
): Promise<EnvironmentDefinition> {
  const { name, parent, vars, secrets: sources, hosts, subPath, policy, access, ttl } = read;
  const { sticky, skewProtection, responseHeaders } = read;
  const kept = Object.entries(existing?.secrets ?? {}).filter(
    ([each, { from }]) => from === undefined && !Object.hasOwn(sources, each),
  );
  const { references } = await recogniseSecrets(vault, new Map(Object.entries(sources)));
  const secrets: Record<string, SecretReference> = Object.fromEntries([...kept, ...references]);
  // No file says by which key routers recognise signed links.
  const { accessKey } = existing ?? {};
  const expiresAt = ttl === undefined ? undefined : expiryOf(ttl, now);
  const life = { ttl, expiresAt };
  const served = { access, accessKey, sticky, skewProtection, responseHeaders };
  const made = compact({ name, parent, hosts, subPath, policy, ...served, ...life, vars, secrets });
  return existing === undefined ? left.added(made, state) : made;
}
