/**
 * Making keys takes a second, so one card and the two CAs it comes from are issued before all tests, and the test files
 * that need any card have copies of it. `vitest.config.ts` names this file as a set-up.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import {
  issueAuthority,
  type VirtualAuthority,
  VirtualCard,
  type VirtualCardState,
} from '../../src/virtual/index.js';

const FILE = 'JPKI_TEST_ISSUED';

interface Issued {
  readonly authority: VirtualAuthority;
  /** The card as it came from the office. */
  readonly state: VirtualCardState;
}

let read: Issued | undefined;

/** What was issued before all tests; nobody may change it. */
export function saved(): Issued {
  read ??= deserialize(readFileSync(process.env[FILE] ?? '')) as Issued;
  return read;
}

export default async function issue(): Promise<(() => void) | undefined> {
  // Asked for each project, all in one process.
  if (process.env[FILE] !== undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'jpki-card-issued-'));
  const authority = await issueAuthority();
  const card = await VirtualCard.issue({ authority });
  const made: Issued = { authority, state: card.toJSON() };
  process.env[FILE] = join(folder, 'issued');
  writeFileSync(process.env[FILE], serialize(made), { mode: 0o600 });
  return () => rmSync(folder, { recursive: true, force: true });
}
