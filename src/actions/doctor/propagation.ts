// `fox doctor propagation`: sends marked requests through a version, and tells which components pass their context on.
import { randomBytes } from 'node:crypto';
import type { ClusterSession } from '../session/cluster-session.ts';
import { withLiveCluster } from '../session/cluster-session.ts';
import { routerReports } from '../../cluster/routers/router-reports.ts';
import { FoxError } from '../../core/errors.ts';
import { deploymentName } from '../../core/names.ts';
import { probeHeader } from '../../core/routing/probe.ts';
import type { ActionContext, CommonOptions } from '../context.ts';
import { environmentsByName } from '../environments/known/known-environments.ts';
import { findVersion } from '../lookup/lookup.ts';
import { openTarget } from '../open/open-target.ts';
import { ownSigner } from '../proxy/own-signature.ts';
import { withSelectors } from '../proxy/selected-request.ts';
import { openUpstream } from '../proxy/upstream.ts';
import { readInquiry } from '../route/inquiry.ts';
import { withWorkspace, type Workspace } from '../place/workspace.ts';
import { collectSightings } from './propagation-reports.ts';
import { type ProbeAnswer, sendProbe, usualTimes } from './propagation-requests.ts';
import { type ComponentPropagation, propagationVerdicts } from './propagation-verdict.ts';

export interface PropagationOptions extends CommonOptions {
  /** Without it, what is released. */
  readonly version?: string;
  readonly virtualEnv?: string;
  /** Paths with their queries. Default: the shortest that the version answers. */
  readonly path?: readonly string[];
  readonly method?: string;
  /** `name: value` */
  readonly header?: readonly string[];
  /** How often each is sent. Default: {@link usualTimes}. */
  readonly repeat?: number;
}

/** What was sent, and what it showed. */
export interface PropagationResult {
  readonly schema: 'fox/v1';
  readonly kind: 'doctor propagation';
  readonly app: string;
  readonly version: string;
  readonly virtualEnv: string;
  readonly requests: readonly ProbeAnswer[];
  /** Those that calls can have come by. */
  readonly routers: number;
  /** No component that declares that it passes the context on loses it. */
  readonly passed: boolean;
  /** Those that may call others. */
  readonly components: readonly ComponentPropagation[];
}

/** Ms that a request may take until its answer begins. */
const defaultPatience = 60_000;

/**
 * Sends the requests and waits for what the routers tell.
 * @throws FoxError NOT_FOUND if there is no such version or no request reaches it, ROUTER_NOT_READY, TIMED_OUT, REFUSED.
 */
export async function doctorPropagation(
  options: PropagationOptions,
  context: ActionContext,
): Promise<PropagationResult> {
  return withWorkspace(context, options, async (workspace) =>
    withLiveCluster(workspace, context, async (session) => {
      const probing = await prepare(options, workspace, session, context);
      const { state, version, environment } = probing;
      const { client } = session.namespace;
      const before = await routerReports(client);
      const repeat = options.repeat ?? usualTimes(before.length, options.method);
      const requests = await sendAll(probing, { ...options, repeat }, session, context);
      const { app, name, manifest } = version;
      const asked = { app, probe: probing.probe, answered: requests.length };
      const seen = await collectSightings(client, asked, before, context.signal);
      refuseUnreached(requests, name, seen.sightings.length);
      if (!seen.isComplete)
        context.emit({ type: 'warning', text: 'not all routers have told what they saw: try again' });
      const live = { versions: state.versions, known: environmentsByName(state) };
      const components = propagationVerdicts(manifest, seen.sightings, seen.elsewhere, live);
      return {
        schema: 'fox/v1',
        kind: 'doctor propagation',
        app,
        version: name,
        virtualEnv: environment,
        requests,
        routers: seen.routers,
        passed: components.every(({ advice }) => advice !== 'fix-or-undeclare'),
        components,
      };
    }),
  );
}

type Probing = Awaited<ReturnType<typeof prepare>>;

async function prepare(
  options: PropagationOptions,
  { app, defaultEnvironment }: Workspace,
  session: ClusterSession,
  context: ActionContext,
) {
  const state = await session.namespace.observe();
  const { environment, path } = openTarget(state, options, { app, defaultEnvironment });
  const wanted = options.version ?? state.releases.records.get(environment)?.get(app)?.version ?? '';
  const version = findVersion(state, app, wanted);
  const signer = await ownSigner(session, environment, state, { ...options, defaultEnvironment }, context);
  return { state, version, environment, signer, path, probe: randomBytes(16).toString('hex') };
}

/** One after the other: what is under way at the same time can't be told apart. */
async function sendAll(
  { version, environment, signer, path, probe }: Probing,
  options: PropagationOptions & { readonly repeat: number },
  session: ClusterSession,
  context: ActionContext,
): Promise<ProbeAnswer[]> {
  const { path: paths = [path], method, header, repeat, timeout = defaultPatience } = options;
  const selectors = { deployment: deploymentName(version.app, version.name), environment };
  const { cluster, edge = 'http://router' } = session;
  const inquiries = paths.map((url) =>
    readInquiry(
      { url, ...(method === undefined ? {} : { method }), ...(header === undefined ? {} : { header }) },
      edge,
      cluster.kind,
    ),
  );
  const emit: ActionContext['emit'] = (event) => {
    // Which of the routers a request goes to is of no interest here.
    if (event.type !== 'info') context.emit(event);
  };
  const upstream = await openUpstream(session, { ...context, emit });
  const answers: ProbeAnswer[] = [];
  try {
    for (const inquiry of inquiries) {
      const selected = withSelectors(inquiry.target, inquiry.headers, selectors, signer);
      const request = { ...inquiry, headers: [...selected, probeHeader, probe, 'connection', 'close'] };
      for (let sent = 0; sent < repeat; sent += 1) {
        answers.push(await sendProbe(upstream, request, timeout, context.signal));
        upstream.turn();
      }
    }
  } finally {
    upstream.close();
  }
  return answers;
}

function refuseUnreached(requests: readonly ProbeAnswer[], version: string, sightings: number): void {
  const [first] = requests;
  if (sightings > 0 || first === undefined) return;
  const why = first.problem === undefined ? '' : `: ${first.problem}`;
  throw new FoxError(
    'NOT_FOUND',
    `no request reached a component; ${first.method} ${first.path} was answered with ${first.status}${why}`,
    {
      hints: [
        'Name a path that the version answers: `--path /…`.',
        `\`fox route list ${version}\` shows its routes.`,
      ],
    },
  );
}
