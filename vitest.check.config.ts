import { defineConfig } from 'vitest/config';

/** For `npm run check`: reads the sources and starts no server. */
export default defineConfig({ test: { include: ['test/architecture.test.ts'] } });
