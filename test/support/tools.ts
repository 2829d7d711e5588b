/** Leaves tests out where other software is missing, but not on a machine that must have everything: there they fail. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Whether tests that need these commands are to be skipped, which is said once, with what to install on Debian. */
export function requireTools(commands: readonly string[], packages: string): boolean {
  const missing = commands.filter((command) => !isThere(command));
  if (missing.length === 0 || process.env['JPKI_REQUIRE_PCSC'] === '1') return false;
  console.warn(`Skipped: these tests need ${missing.join(', ')} ("sudo apt-get install ${packages}").`);
  return true;
}

function isThere(command: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
