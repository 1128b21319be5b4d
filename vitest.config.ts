import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { bundlePreload } from './scripts/bundle-preload.mjs';

export default defineConfig({
  define: {
    FOX_VERSION: JSON.stringify('0.0.0-test'),
    FOX_CONFIG_BUILD: JSON.stringify('test'),
    FOX_PRELOAD: JSON.stringify(bundlePreload()),
  },
  test: {
    // CI's machines are shared: what fails there is tried once more, and named by test/flaky-reporter.ts.
    retry: Number(process.env['FOX_TEST_RETRY'] ?? 0),
    // By default all of a machine's processors but one: one file after the other on two.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    sequence: { shuffle: { tests: true, files: false } },
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 30_000 } },
      {
        extends: true,
        test: {
          name: 'contract',
          include: ['test/contract/**/*.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      { extends: true, test: { name: 'cli', include: ['test/cli/**/*.test.ts'], testTimeout: 30_000 } },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
