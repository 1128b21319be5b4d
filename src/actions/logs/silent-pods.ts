// Which components' pods have logged nothing so far: silence is told, as it looks like a command that hangs.
import type { PodView } from '../../cluster/objects/pod-object.ts';

/** Pods of a command that shows logs, by whether a line of theirs was seen. */
export class SilentPods {
  readonly #pods: readonly PodView[];
  readonly #heard = new Set<string>();

  constructor(pods: readonly PodView[]) {
    this.#pods = pods;
  }

  heard({ component }: PodView): void {
    this.#heard.add(component);
  }

  /** Whether a line of some pod of its component was seen. */
  hasSpoken({ component }: PodView): boolean {
    return this.#heard.has(component);
  }

  /** `web: 2 pods, nothing logged yet`, for each component of which no pod has logged anything. */
  texts(options: { readonly since?: number }): string[] {
    const what = options.since === undefined ? 'nothing logged yet' : 'nothing logged in that time';
    const counts = new Map<string, number>();
    for (const { component } of this.#pods.filter((pod) => !this.hasSpoken(pod)))
      counts.set(component, (counts.get(component) ?? 0) + 1);
    return [...counts].map(([name, count]) => `${name}: ${count === 1 ? '1 pod' : `${count} pods`}, ${what}`);
  }
}
