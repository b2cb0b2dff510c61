import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/servers.ts'],
    pool: 'forks',
    maxWorkers: 3, // more than the two cores: the fault tests mostly wait
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
