// What a CI system does with a recipe: chooses steps by their conditions, sets variables, and runs scripts with bash.
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { runInNewContext } from 'node:vm';
import { parse } from 'yaml';
import { type Ended, program, type Sandbox } from './sandbox.ts';

/** A program that stands in for npm: it "installs" the fox that is tested, if it is asked for as a recipe should. */
const npm = (bin: string, log: string) => `#!/bin/sh
echo "npm $*" >> ${log}
[ "$1 $2 $3" = "install --global https://example.com/fox.tgz" ] || { echo "npm: $*?" >&2; exit 1; }
printf '#!/bin/sh\\nexec node %s "$@"\\n' ${program} > ${bin}/fox
chmod +x ${bin}/fox
`;

/** A machine of a CI system, with nothing but Node, git and npm on it. */
export async function makeMachine(sandbox: Sandbox): Promise<{ path: string; temporary: string }> {
  const bin = sandbox.path('bin');
  const temporary = sandbox.path('temporary');
  await mkdir(bin);
  await mkdir(temporary);
  await writeFile(sandbox.path('bin/npm'), npm(bin, sandbox.path('npm.log')), { mode: 0o755 });
  await symlink(process.execPath, sandbox.path('bin/node'));
  return { path: `${bin}:/usr/local/bin:/usr/bin:/bin`, temporary };
}

/** A GitHub workflow as far as a runner here reads it. */
export interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, WorkflowJob>>;
}

interface WorkflowJob {
  readonly if?: string;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly steps: readonly WorkflowStep[];
}

interface WorkflowStep {
  readonly id?: string;
  readonly name?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface StepResult {
  outputs: Readonly<Record<string, string>>;
}

/** Values that expressions see: `github`, `inputs`, `secrets`, `vars`. */
export type Contexts = Readonly<Record<string, unknown>>;

/** How a job went. */
export interface JobRun {
  /** Names of the steps that ran. */
  readonly steps: readonly string[];
  readonly outputs: Readonly<Record<string, string>>;
  /** What the steps wrote for people. */
  readonly summary: string;
  /** The step that failed, if one did. */
  readonly failed?: Ended;
}

export async function readWorkflow(file: string): Promise<Workflow> {
  return parse(await readFile(file, 'utf8')) as Workflow;
}

/** Runs a workflow's one job in the directory `cwd`, as GitHub's runner does. */
export async function runWorkflow(
  sandbox: Sandbox,
  workflow: Workflow,
  { cwd, contexts, env }: { cwd: string; contexts: Contexts; env: Record<string, string> },
): Promise<JobRun> {
  const { path, temporary } = { path: env['PATH'] ?? '', temporary: env['RUNNER_TEMP'] ?? '' };
  const files = {
    GITHUB_OUTPUT: `${temporary}/output`,
    GITHUB_ENV: `${temporary}/env`,
    GITHUB_STEP_SUMMARY: `${temporary}/summary`,
  };
  const [job] = Object.values(workflow.jobs);
  const steps = Object.fromEntries(
    (job?.steps ?? []).map(({ id = '' }): [string, StepResult] => [id, { outputs: {} }]),
  );
  // GitHub's expressions, as far as recipes use them, mean the same in JavaScript.
  const evaluate = (expression: string): string | boolean | undefined =>
    runInNewContext(expression, { steps, ...contexts }) as string | boolean | undefined;
  const filled = (text: string) =>
    text.replaceAll(/\$\{\{(.*?)\}\}/gs, (_, expression: string) => `${evaluate(expression) ?? ''}`);
  const allFilled = (texts: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, filled(text)]));
  const ran: string[] = [];
  await writeFile(files.GITHUB_STEP_SUMMARY, '');
  await writeFile(files.GITHUB_ENV, '');
  const result = async (failed?: Ended): Promise<JobRun> => ({
    steps: ran,
    outputs: allFilled(job?.outputs),
    summary: await readFile(files.GITHUB_STEP_SUMMARY, 'utf8'),
    ...(failed === undefined ? {} : { failed }),
  });
  if (job?.if !== undefined && evaluate(job.if) !== true) return result();
  for (const step of job?.steps ?? []) {
    const { id = '', name = '' } = step;
    if (step.run === undefined || (step.if !== undefined && evaluate(step.if) !== true)) continue;
    ran.push(name);
    await writeFile(files.GITHUB_OUTPUT, '');
    const given = pairs(await readFile(files.GITHUB_ENV, 'utf8'));
    const own = {
      ...env,
      ...files,
      ...allFilled(workflow.env),
      ...given,
      ...allFilled(step.env),
      PATH: path,
    };
    const script = ['--noprofile', '--norc', '-eo', 'pipefail', '-c', filled(step.run)];
    const ended = await sandbox.run('bash', script, { cwd, env: own });
    steps[id] = { outputs: pairs(await readFile(files.GITHUB_OUTPUT, 'utf8')) };
    if (ended.code !== 0) return result(ended);
  }
  return result();
}

/** A GitLab pipeline as far as a runner here reads it. */
export type Pipeline = Readonly<Record<string, PipelineJob>>;

interface PipelineJob {
  readonly extends?: string;
  readonly rules?: readonly { readonly if: string; readonly when?: string }[];
  readonly before_script?: readonly string[];
  readonly script?: readonly string[];
}

export async function readPipeline(file: string): Promise<Pipeline> {
  return parse(await readFile(file, 'utf8')) as Pipeline;
}

/** Names of the jobs that a pipeline with these variables has, and which of them wait for a person. */
export function jobsOf(
  pipeline: Pipeline,
  variables: Readonly<Record<string, string>>,
): Record<string, string> {
  const holds = (rule: string) =>
    runInNewContext(
      rule.replaceAll(/\$(\w+)/g, (_, name: string) => JSON.stringify(variables[name] ?? null)),
    ) === true;
  const jobs = Object.entries(pipeline).filter(([, { script }]) => script !== undefined);
  return Object.fromEntries(
    jobs.flatMap(([name, { rules = [] }]) => {
      const rule = rules.find((each) => holds(each.if));
      return rule === undefined ? [] : [[name, rule.when ?? 'on_success']];
    }),
  );
}

/** Runs one job in the directory `cwd`, as GitLab's runner does: all of its lines as one script. */
export async function runJob(
  sandbox: Sandbox,
  pipeline: Pipeline,
  name: string,
  { cwd, env }: { cwd: string; env: Record<string, string> },
): Promise<Ended> {
  const job = pipeline[name];
  const base = pipeline[job?.extends ?? ''];
  const lines = [...(job?.before_script ?? base?.before_script ?? []), ...(job?.script ?? [])];
  return sandbox.run('bash', ['-eo', 'pipefail', '-c', lines.join('\n')], { cwd, env });
}

/** `NAME=value` lines. */
export function pairs(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line.includes('='));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}
