// The life of one container: started, watched, started again after it ended, until its pod has to go.
import { BackOff } from './back-off.ts';
import { watchHealth } from './container-health.ts';
import type { ContainerLog } from './container-log.ts';
import type { ContainerProcess } from './container-process.ts';
import { kubeTime } from './kube-time.ts';
import { launch, type Launched, waitingFor } from './launch.ts';
import type { NodeContext } from './node-context.ts';
import { readOutput } from './output-lines.ts';
import { Deadline, pause, settlesBefore } from './pause.ts';
import { type Container, type ContainerStatus, defaultGraceSeconds, namespaceOf, type Pod } from './pod.ts';
import { type ContainerView, isRestarted } from './pod-status.ts';
import { terminatedState } from './termination.ts';

/** What a container needs of its pod. */
export interface PodSide {
  /** The pod as it is now. */
  readonly pod: () => Pod;
  /** The process is expected to listen on PORT; else it is ready as soon as it runs. */
  readonly listens: boolean;
  /** Port and variables for the next start. */
  readonly prepare: () => Promise<{ port: number; given: Readonly<Record<string, string>> }>;
  /** The container's status changed. */
  readonly changed: () => void;
}

/** A process that runs, since a time in ms since 1970, with a port given as PORT. */
interface Run {
  readonly process: ContainerProcess;
  readonly port: number;
  readonly startedAt: number;
}

/** Runs one container. */
export class ContainerRunner {
  readonly #node: NodeContext;
  readonly #side: PodSide;
  readonly #container: Container;
  readonly #log: ContainerLog;
  readonly #backOff = new BackOff();
  readonly #stopping = new AbortController();
  readonly #deadline = new Deadline();
  #drainMilliseconds = 0;
  #status: ContainerStatus;
  #problem: string | undefined;

  constructor(node: NodeContext, side: PodSide, container: Container, status: ContainerStatus) {
    this.#node = node;
    this.#side = side;
    this.#container = container;
    this.#status = status;
    this.#log = node.logs.open(side.pod().metadata.uid, container.name);
  }

  get view(): ContainerView {
    return { status: this.#status, ...(this.#problem === undefined ? {} : { problem: this.#problem }) };
  }

  /** Starts, and starts again, until the container has ended for good, or {@link stop} was called and it has ended. */
  async run(): Promise<void> {
    const { state } = this.#status;
    if ('terminated' in state && !this.#isRestarted(state.terminated.exitCode)) return;
    while (!this.#stopping.signal.aborted) {
      const run = await this.#start();
      if (run === undefined) {
        await pause(this.#backOff.next(), this.#stopping.signal);
        continue;
      }
      const exitCode = await this.#supervise(run);
      if (this.#stopping.signal.aborted || !this.#isRestarted(exitCode)) break;
      this.#backOff.ran(Date.now() - run.startedAt);
      await this.#waitForRestart();
    }
    this.#deadline.cancel();
  }

  /**
   * Ends the container: it goes on for `drainMilliseconds`, gets SIGTERM, and SIGKILL after `milliseconds` in all.
   * A later call may shorten the time that is left.
   */
  stop(milliseconds: number, drainMilliseconds: number): void {
    this.#deadline.within(milliseconds);
    if (this.#stopping.signal.aborted) return;
    this.#drainMilliseconds = drainMilliseconds;
    this.#stopping.abort();
  }

  /** Undefined when it couldn't be started; the status says why then. */
  async #start(): Promise<Run | undefined> {
    try {
      const { port, given } = await this.#side.prepare();
      await this.#log.startRun();
      const launched = await launch(this.#node, { pod: this.#side.pod(), container: this.#container, given });
      this.#announce(launched);
      return { process: launched.process, port, startedAt: Date.now() };
    } catch (error) {
      const waiting = waitingFor(error);
      // Whatever isn't the pod's own fault is worth a line in the cluster's log.
      if (waiting.reason === 'CreateContainerError') this.#node.report(error);
      this.#event('Warning', 'Failed', `Error: ${waiting.message ?? waiting.reason}`);
      this.#set({ state: { waiting }, ready: false, started: false });
      return undefined;
    }
  }

  #announce({ process, image, fresh }: Launched): void {
    const { name, image: reference, startupProbe } = this.#container;
    const { state, lastState, restartCount } = this.#status;
    const last = 'terminated' in state ? state : lastState;
    if (fresh) this.#event('Normal', 'Pulled', `Successfully unpacked image "${reference}"`);
    this.#event('Normal', 'Started', `Started container ${name}`);
    this.#problem = undefined;
    this.#set({
      state: { running: { startedAt: kubeTime() } },
      lastState: last,
      restartCount: 'terminated' in last ? restartCount + 1 : restartCount,
      imageID: image.digest,
      containerID: `process://${process.pid}`,
      ready: false,
      started: startupProbe === undefined,
    });
  }

  /** Stays with a process until it has ended. Resolves to its exit code. */
  async #supervise(run: Run): Promise<number> {
    const { process, startedAt } = run;
    const alive = new AbortController();
    const company = [
      readOutput(process.stdout, 'stdout', (lines) => this.#log.append(lines)),
      readOutput(process.stderr, 'stderr', (lines) => this.#log.append(lines)),
      this.#watchHealth(run, alive.signal),
      this.#endWhenStopped(process, alive.signal),
    ].map((task) => task.catch(this.#node.report));
    const end = await process.ended;
    alive.abort();
    await Promise.all(company);
    const terminated = terminatedState(end, startedAt, this.#log.ending);
    this.#problem = undefined;
    this.#set({ state: { terminated }, ready: false, started: false });
    return end.exitCode;
  }

  #watchHealth({ process, port, startedAt }: Run, signal: AbortSignal): Promise<void> {
    const { listens } = this.#side;
    return watchHealth(
      { container: this.#container, group: process.pid, port, listens, startedAt },
      {
        started: () => this.#set({ started: true }),
        readiness: (ready, problem) => this.#setReady(ready, problem),
        failed: (why) => this.#restartUnhealthy(process, why),
      },
      signal,
    );
  }

  #setReady(ready: boolean, problem: string | undefined): void {
    if (this.#stopping.signal.aborted) return;
    if (problem !== undefined && problem !== this.#problem) this.#event('Warning', 'Unhealthy', problem);
    if (ready === this.#status.ready && (problem ?? this.#problem) === this.#problem) return;
    this.#problem = ready ? undefined : (problem ?? this.#problem);
    this.#set({ ready });
  }

  #restartUnhealthy(process: ContainerProcess, why: string): void {
    const { name } = this.#container;
    this.#event('Warning', 'Unhealthy', why);
    this.#event('Normal', 'Killing', `Container ${name} failed a probe, will be restarted`);
    const deadline = new Deadline();
    deadline.within((this.#side.pod().spec.terminationGracePeriodSeconds ?? defaultGraceSeconds) * 1000);
    endProcess(process, deadline.signal).then(() => deadline.cancel(), this.#node.report);
  }

  /** Takes part in a process's life from the moment at which its pod has to go. */
  async #endWhenStopped(process: ContainerProcess, alive: AbortSignal): Promise<void> {
    if (await settlesBefore(process.ended, this.#stopping.signal)) return;
    this.#event('Normal', 'Killing', `Stopping container ${this.#container.name}`);
    this.#set({ ready: false });
    const { preStop } = this.#container.lifecycle ?? {};
    if (preStop !== undefined && preStop.sleep === undefined) {
      this.#event('Warning', 'FailedPreStopHook', 'the embedded cluster has the preStop hook sleep only');
    }
    // Routers hear of it meanwhile: what they have sent before is still answered.
    await pause(this.#drainMilliseconds, AbortSignal.any([alive, this.#deadline.signal]));
    await endProcess(process, this.#deadline.signal);
  }

  async #waitForRestart(): Promise<void> {
    const wait = this.#backOff.next();
    const { metadata } = this.#side.pod();
    const pod = `${metadata.name}_${namespaceOf({ metadata })}(${metadata.uid})`;
    const message = `back-off ${wait / 1000}s restarting failed container=${this.#container.name} pod=${pod}`;
    const { state, lastState } = this.#status;
    this.#event('Warning', 'BackOff', message);
    this.#set({
      state: { waiting: { reason: 'CrashLoopBackOff', message } },
      lastState: 'terminated' in state ? state : lastState,
    });
    await pause(wait, this.#stopping.signal);
  }

  #isRestarted(exitCode: number): boolean {
    return isRestarted(this.#side.pod().spec.restartPolicy, exitCode);
  }

  #set(change: Partial<ContainerStatus>): void {
    this.#status = { ...this.#status, ...change };
    this.#side.changed();
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#node.record(this.#side.pod(), type, reason, message, this.#container.name);
  }
}

/** SIGTERM, and SIGKILL when the deadline comes first. */
async function endProcess(process: ContainerProcess, deadline: AbortSignal): Promise<void> {
  process.signal('SIGTERM');
  if (!(await settlesBefore(process.ended, deadline))) process.signal('SIGKILL');
}
