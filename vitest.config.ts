import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^jpki-card$/, replacement: path('./src/index.ts') },
      { find: /^jpki-card\/cms$/, replacement: path('./src/signature/cms.ts') },
      { find: /^jpki-card\/(.*)$/, replacement: path('./src/$1/index.ts') },
    ],
  },
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    globalSetup: './test/support/compiled.ts',
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, 'test/pcsc/**'],
          maxWorkers: '100%',
        },
      },
      {
        extends: true,
        // A process for each file: libpcsclite reads its socket's name once.
        // Each has its own pcscd and mostly waits for it, so more of them than the machine has cores run at a time.
        test: {
          name: 'pcsc',
          include: ['test/pcsc/**/*.test.ts'],
          pool: 'forks',
          maxWorkers: 4,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        // The same through the other binding; without what has to do with none, or with koffi alone.
        test: {
          name: 'pcsclite',
          include: ['test/pcsc/**/*.test.ts'],
          exclude: [...configDefaults.exclude, 'test/pcsc/vpcd*.test.ts', 'test/pcsc/worker.test.ts'],
          env: { JPKI_PCSC: 'pcsclite' },
          pool: 'forks',
          maxWorkers: 4,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
