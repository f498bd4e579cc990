import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // A busy machine is no reason for a run's end to give up.
    env: { TIDEMARK_FINISH: '120' },
    setupFiles: ['test/support/property-sizes.ts'],
    // For hangs alone: a busy machine takes several times as long as an idle one.
    testTimeout: 120_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
