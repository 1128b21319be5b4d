// Names the tests that passed only when they were tried again: they hide nothing, and each is worth mending.
import type { Reporter, TestCase } from 'vitest/node';

/** For CI, whose noisy machines are the only place where tests are tried again. */
// oxlint-disable-next-line import/no-default-export -- by it Vitest finds a reporter
export default class FlakyReporter implements Reporter {
  readonly #flaky: string[] = [];

  onTestCaseResult(test: TestCase): void {
    if (test.diagnostic()?.flaky === true) this.#flaky.push(`${test.module.moduleId}: ${test.fullName}`);
  }

  onTestRunEnd(): void {
    if (this.#flaky.length === 0) return;
    process.stdout.write(`Passed at the second try only:\n  ${this.#flaky.join('\n  ')}\n`);
  }
}
