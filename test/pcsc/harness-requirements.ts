/** Whether this machine can run the tests in test/pcsc/, and what to do about it when it cannot. */
import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import type { BindingName } from '../../src/transport/pcsc/binding.js';
import { unavailable } from '../../src/transport/pcsc/load.js';

const DRIVER_FOLDERS = [
  '/usr/lib/pcsc/drivers/serial',
  '/usr/lib64/pcsc/drivers/serial',
  '/usr/local/lib/pcsc/drivers/serial',
];

/** Debian packages, where they are not called like their command. */
const PACKAGES: Readonly<Record<string, string>> = {
  'opensc-tool': 'opensc',
  'pkcs15-tool': 'opensc',
  'pkcs11-tool': 'opensc opensc-pkcs11',
  ssh: 'openssh-client',
  sshd: 'openssh-server',
  vicc: 'vsmartcard-vpicc python3-pycryptodome',
};

/** pcscd and sshd live in sbin, which the PATH of an ordinary user may lack. */
export function findCommand(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, name)).find((path) => allows(path, constants.X_OK));
}

export function findVpcdDriver(): string | undefined {
  return DRIVER_FOLDERS.map((folder) => join(folder, 'libifdvpcd.so')).find((path) =>
    allows(path, constants.R_OK),
  );
}

/** One line that says what is missing and how to get it, or `undefined` when nothing is. */
export function missingForPcsc(commands: readonly string[] = []): string | undefined {
  const missing = [];
  if (!findCommand('pcscd')) missing.push('pcscd');
  if (!findVpcdDriver()) missing.push('vsmartcard-vpcd');
  missing.push(
    ...commands.filter((command) => !findCommand(command)).map((command) => PACKAGES[command] ?? command),
  );
  const needs = [
    ...(missing.length === 0 ? [] : [`sudo apt-get install ${missing.join(' ')}`]),
    ...bindingMissing(),
  ];
  return needs.length === 0 ? undefined : `PC/SC tests need: ${needs.join('; ')}`;
}

/**
 * Whether to skip: `describe.skipIf(requirePcsc())`. Prints what to install when it says skip; throws instead when
 * JPKI_REQUIRE_PCSC=1, where a skipped test would be a lie.
 *
 * @param commands what the file runs besides, such as `openssl`
 */
export function requirePcsc(commands: readonly string[] = []): boolean {
  const missing = missingForPcsc(commands);
  if (missing === undefined) return false;
  if (process.env['JPKI_REQUIRE_PCSC'] === '1') throw new Error(missing);
  console.warn(`skipped: ${missing}`);
  return true;
}

/** What to do about the package that these tests reach the service with, where it does not load. */
function bindingMissing(): string[] {
  const name: BindingName = process.env['JPKI_PCSC'] === 'pcsclite' ? 'pcsclite' : 'koffi';
  try {
    createRequire(import.meta.url)(name);
    return [];
  } catch (cause) {
    return [unavailable(name, cause).remedy ?? String(cause)];
  }
}

function allows(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
