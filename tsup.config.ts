import { readFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { defineConfig, type Options } from 'tsup';

const ENTRIES = {
  index: 'src/index.ts',
  'card-text': 'src/card-text/index.ts',
  cms: 'src/signature/cms.ts',
  iso7816: 'src/iso7816/index.ts',
  pdf: 'src/pdf/index.ts',
  recovery: 'src/recovery/index.ts',
  ssh: 'src/ssh/index.ts',
  transcript: 'src/transcript/index.ts',
  virtual: 'src/virtual/index.ts',
};
/** What these load with `import()` becomes a file of its own. */
const LOADED_LATER = ['src/virtual/issue-certificate.ts', 'src/certificate/jlis-ca.ts'];

/** Bytes, PIN rules, errors and advice: every entry loads them, and a bundler leaves out what is not used of them. */
const WORDS = [
  'src/arguments.ts',
  'src/bytes.ts',
  'src/japan.ts',
  'src/asn1/digest-info.ts',
  'src/jpki/pin.ts',
  'src/recovery/certificate-expiry.ts',
  'src/recovery/recovery-options.ts',
];
/** What reads commands and certificates: every entry but the advice loads it. */
const READING = [
  'src/hashes.ts',
  'src/trace.ts',
  'src/asn1/oid.ts',
  'src/certificate/certificate.ts',
  'src/certificate/profile.ts',
  'src/certificate/published-issuer.ts',
  'src/certificate/trust-anchors.ts',
  'src/certificate/verify.ts',
  'src/iso7816/ber-tlv.ts',
  'src/iso7816/card-channel.ts',
  'src/jpki/files.ts',
  'src/jpki/calls.ts',
  'src/jpki/hash.ts',
  'src/jpki/pin-operations.ts',
  'src/jpki/read-file.ts',
  'src/signature/card-signature.ts',
  'src/transport/vpcd-wire.ts',
];

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

/**
 * Keeps what the entries share in few files. The bundler makes a file of each set of modules that the same entries
 * reach, sixteen in all, and each costs a program that starts 0.4 ms. So each entry is told to reach both lists, and
 * the imports that say only this are taken out of what was written: no module acts when it is loaded.
 */
const fewFiles: Plugin = {
  name: 'few-files',
  setup(build) {
    const entries = [...Object.values(ENTRIES), ...LOADED_LATER];
    const reached = new Map(
      entries.map((path) => [resolve(path), path === ENTRIES.recovery ? WORDS : [...WORDS, ...READING]]),
    );
    build.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, async ({ path }) => {
      const imports = reached.get(path)?.map((shared) => {
        const from = relative(dirname(path), resolve(shared)).replaceAll('\\', '/');
        return `import './${from}';`;
      });
      return (
        imports && { contents: `${await readFile(path, 'utf8')}\n${imports.join('\n')}\n`, loader: 'ts' }
      );
    });
    build.onEnd((result) => {
      for (const file of result.outputFiles ?? []) {
        const text = file.text.replace(/^import "\.\/chunk-\w+\.js";\n/gm, '');
        if (text !== file.text) file.contents = new TextEncoder().encode(text);
      }
      // What holds types only became an empty file.
      result.outputFiles = result.outputFiles?.filter(({ contents }) => contents.length > 0) ?? [];
    });
  },
};

const common: Options = {
  target: 'node20',
  splitting: true,
  external: ['@cantoo/pdf-lib', 'koffi', 'pcsclite', '#sha2'],
  removeNodeProtocol: false,
};

export default defineConfig([
  {
    ...common,
    // The main entry a second time: what it holds is then in a file that a bundler can leave out whole.
    entry: { ...ENTRIES, library: ENTRIES.index },
    format: 'esm',
    esbuildPlugins: [fewFiles],
    esbuildOptions: (options) => {
      options.logOverride = { 'ignored-bare-import': 'silent' };
    },
  },
  { ...common, entry: { ...ENTRIES, cli: 'src/cli/main.ts' }, format: 'cjs' },
  { entry: ENTRIES, format: ['esm', 'cjs'], dts: { only: true } },
]);
