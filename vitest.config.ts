import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** Unit tests that replace or reload a module or a method, or measure memory: a process for each. */
const ALONE = [
  'test/arguments/arguments.test.ts',
  'test/certificate/hostile-input.test.ts',
  'test/certificate/remembered.test.ts',
  'test/hashes.test.ts',
  'test/jpki/memory.test.ts',
  'test/jpki/open.test.ts',
  'test/package/readme-code.test.ts',
  'test/pdf/memory.test.ts',
  'test/pdf/package.test.ts',
  'test/signature/check.test.ts',
  'test/signature/cms-sign.test.ts',
  'test/signature/cms-source.test.ts',
  'test/signature/memory.test.ts',
  'test/signature/published-issuer.test.ts',
  'test/trace.test.ts',
  'test/transcript/published-ca.test.ts',
  'test/transport/*.test.ts',
  'test/virtual/loading.test.ts',
];

export default defineConfig({
  resolve: {
    alias: [
      { find: /^jpki-card$/, replacement: path('./src/index.ts') },
      { find: /^jpki-card\/cms$/, replacement: path('./src/signature/cms.ts') },
      { find: /^jpki-card\/(.*)$/, replacement: path('./src/$1/index.ts') },
    ],
  },
  test: {
    // Four at a time on two cores, a test of a minute takes two.
    testTimeout: 240_000,
    hookTimeout: 120_000,
    globalSetup: ['./test/support/compiled.ts', './test/support/issued.ts'],
    // On two cores: those that go through a pcscd of their own mostly wait for it.
    maxWorkers: 4,
    projects: [
      {
        extends: true,
        // One process loads the library once and runs file after file.
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, 'test/pcsc/**', ...ALONE],
          isolate: false,
          setupFiles: ['./test/support/left-behind.ts'],
        },
      },
      {
        extends: true,
        test: { name: 'alone', include: ALONE },
      },
      {
        extends: true,
        // A process for each file: libpcsclite reads its socket's name once.
        test: {
          name: 'pcsc',
          include: ['test/pcsc/**/*.test.ts'],
          pool: 'forks',
        },
      },
      {
        extends: true,
        // The same through the other binding; without what has to do with none, or with koffi alone.
        test: {
          name: 'pcsclite',
          include: ['test/pcsc/**/*.test.ts'],
          exclude: [
            ...configDefaults.exclude,
            'test/pcsc/phone.test.ts',
            'test/pcsc/silent-service.test.ts',
            'test/pcsc/ssh.test.ts',
            'test/pcsc/vpcd*.test.ts',
            'test/pcsc/worker.test.ts',
          ],
          env: { JPKI_PCSC: 'pcsclite' },
          pool: 'forks',
        },
      },
    ],
  },
});
