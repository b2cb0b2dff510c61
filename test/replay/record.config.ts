import { defineConfig } from 'vitest/config';

/** Records histories instead of testing: see record.ts. */
export default defineConfig({
  test: {
    include: ['test/replay/record.ts'],
    globalSetup: ['test/support/servers.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
