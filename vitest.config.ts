import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Most tests wait for a process of their own, so a worker more than there are cores is not too many.
    maxWorkers: 3,
    // What a worker has loaded, and the bank that it has filled, serve the next file too; tests that patch something put it back.
    isolate: false,
  },
});
