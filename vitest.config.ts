import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Tests wait for lines, clocks and child processes as much as they compute: one worker for each core.
    maxWorkers: '100%',
    // vitest stays at 4.1.x: 5.x needs Node 22, and on Node 20 its reporter crashes where it should print a failure.
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.system.test.ts'],
          setupFiles: ['test/support/seed.ts'],
          testTimeout: 60_000,
        },
      },
      // Needs packages of the operating system; a test says which one is missing.
      { test: { name: 'system', include: ['test/**/*.system.test.ts'], testTimeout: 120_000, hookTimeout: 120_000 } },
    ],
  },
});
