/** The subcommands: how each is written, what it takes, and where it lives. Nothing is loaded until it runs. */
import type { Run } from '../context.js';
import type { OptionName } from '../options.js';
import type { Texts } from '../text/index.js';

export interface Command {
  readonly name: keyof Texts['commands'];
  readonly usage: string;
  /** How many words may follow the name. */
  readonly operands: { readonly min: number; readonly max: number };
  /** Beside the global ones. */
  readonly options: readonly OptionName[];
  readonly load: () => Promise<Run>;
}

const NONE = { min: 0, max: 0 } as const;
const ONE = { min: 1, max: 1 } as const;

export const COMMANDS: readonly Command[] = [
  {
    name: 'readers',
    usage: 'jpki readers',
    operands: NONE,
    options: [],
    load: async () => (await import('./readers.js')).readers,
  },
  {
    name: 'status',
    usage: 'jpki status [--all-pins]',
    operands: NONE,
    options: ['all-pins'],
    load: async () => (await import('./status.js')).status,
  },
  {
    name: 'cert show',
    usage: 'jpki cert show auth|sign|auth-ca|sign-ca',
    operands: ONE,
    options: ['pin-file', 'allow-last-try'],
    load: async () => (await import('./certificate.js')).certShow,
  },
  {
    name: 'cert export',
    usage: 'jpki cert export auth|sign|auth-ca|sign-ca [--out FILE [--force]] [--format pem|der]',
    operands: ONE,
    options: ['out', 'force', 'format', 'pin-file', 'allow-last-try'],
    load: async () => (await import('./certificate.js')).certExport,
  },
  {
    name: 'pin verify',
    usage: 'jpki pin verify auth|sign [--pin-file PATH]',
    operands: ONE,
    options: ['pin-file', 'allow-last-try'],
    load: async () => (await import('./pin.js')).pinVerify,
  },
  {
    name: 'pin change',
    usage: 'jpki pin change auth|sign [--pin-file PATH [--new-pin-file PATH]]',
    operands: ONE,
    options: ['pin-file', 'new-pin-file', 'allow-last-try'],
    load: async () => (await import('./pin.js')).pinChange,
  },
  {
    name: 'sign',
    usage: 'jpki sign FILE [--out FILE.p7s] [--force] [--attached]',
    operands: ONE,
    options: ['out', 'force', 'attached', 'pin-file', 'allow-last-try'],
    load: async () => (await import('./sign.js')).sign,
  },
  {
    name: 'verify',
    usage: 'jpki verify FILE.p7s [--content FILE] [--out FILE [--force]]',
    operands: ONE,
    options: ['content', 'out', 'force'],
    load: async () => (await import('./verify.js')).verify,
  },
  {
    name: 'login-token',
    usage: 'jpki login-token --audience URL --nonce TEXT',
    operands: NONE,
    options: ['audience', 'nonce', 'pin-file', 'allow-last-try'],
    load: async () => (await import('./sign.js')).loginToken,
  },
  {
    name: 'recover',
    usage: 'jpki recover [--sign STATE] [--auth STATE] [--no-card]',
    operands: NONE,
    options: ['sign', 'auth', 'registry', 'input-support', 'no-card'],
    load: async () => (await import('./recover.js')).recover,
  },
  {
    name: 'emulate',
    usage: 'jpki emulate [--state FILE] [--locked auth|sign] [--tries auth|sign=N]',
    operands: NONE,
    options: ['state', 'host', 'port', 'locked', 'tries', 'token', 'quirk', 'expired', 'no-signature'],
    load: async () => (await import('./emulate.js')).emulate,
  },
  {
    name: 'record',
    usage: 'jpki record FILE [--force]',
    operands: ONE,
    options: ['force'],
    load: async () => (await import('./record.js')).record,
  },
  {
    name: 'doctor',
    usage: 'jpki doctor',
    operands: NONE,
    options: [],
    load: async () => (await import('./doctor.js')).doctor,
  },
];
