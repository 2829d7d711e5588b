/** The subcommands: how each is written, what it takes, and where it lives. Nothing is loaded until it runs. */
import type { Run } from '../context.js';
import type { OptionName } from '../options.js';
import type { Texts } from '../text/index.js';

export interface Command {
  readonly name: keyof Texts['commands'];
  readonly usage: string;
  /** How many words may follow the name. */
  readonly operands: 0 | 1;
  /** Beside the global ones. */
  readonly options: readonly OptionName[];
  readonly load: () => Promise<Run>;
}

export const COMMANDS: readonly Command[] = [
  {
    name: 'readers',
    usage: 'jpki readers',
    operands: 0,
    options: [],
    load: async () => (await import('./readers.js')).readers,
  },
  {
    name: 'status',
    usage: 'jpki status [--all-pins]',
    operands: 0,
    options: ['all-pins'],
    load: async () => (await import('./status.js')).status,
  },
  {
    name: 'cert show',
    usage: 'jpki cert show auth|sign|auth-ca|sign-ca',
    operands: 1,
    options: ['pin-file', 'allow-last-try'],
    load: async () => (await import('./certificate.js')).certShow,
  },
  {
    name: 'cert export',
    usage: 'jpki cert export auth|sign|auth-ca|sign-ca [--out FILE [--force]] [--format pem|der]',
    operands: 1,
    options: ['out', 'force', 'format', 'pin-file', 'allow-last-try'],
    load: async () => (await import('./certificate.js')).certExport,
  },
  {
    name: 'pin verify',
    usage: 'jpki pin verify auth|sign|text|registry [--pin-file PATH]',
    operands: 1,
    options: ['pin-file', 'allow-last-try', 'only'],
    load: async () => (await import('./pin.js')).pinVerify,
  },
  {
    name: 'pin change',
    usage: 'jpki pin change auth|sign|text|registry [--pin-file PATH [--new-pin-file PATH]]',
    operands: 1,
    options: ['pin-file', 'new-pin-file', 'allow-last-try', 'only'],
    load: async () => (await import('./pin.js')).pinChange,
  },
  {
    name: 'text show',
    usage: 'jpki text show [--my-number] [--pin-file PATH]',
    operands: 0,
    options: ['my-number', 'my-number-in-json', 'pin-file', 'allow-last-try'],
    load: async () => (await import('./text.js')).textShow,
  },
  {
    name: 'sign',
    usage: 'jpki sign FILE [--out FILE] [--force] [--attached | --pdf [--profile pades|registry]]',
    operands: 1,
    options: ['out', 'force', 'attached', 'pdf', 'profile', 'pin-file', 'allow-last-try'],
    load: async () => (await import('./sign.js')).sign,
  },
  {
    name: 'verify',
    usage: 'jpki verify FILE.p7s|FILE.pdf [--content FILE] [--ca FILE|card] [--out FILE [--force]]',
    operands: 1,
    options: ['content', 'ca', 'out', 'force'],
    load: async () => (await import('./verify-file.js')).verifyFile,
  },
  {
    name: 'login-token',
    usage: 'jpki login-token --audience URL --nonce TEXT',
    operands: 0,
    options: ['audience', 'nonce', 'pin-file', 'allow-last-try'],
    load: async () => (await import('./sign.js')).loginToken,
  },
  {
    name: 'recover',
    usage: 'jpki recover [--sign STATE] [--auth STATE] [--no-card]',
    operands: 0,
    options: ['sign', 'auth', 'registry', 'input-support', 'no-card'],
    load: async () => (await import('./recover.js')).recover,
  },
  {
    name: 'emulate',
    usage: 'jpki emulate [--state FILE] [--locked auth|sign] [--tries auth|sign=N]',
    operands: 0,
    options: ['state', 'host', 'port', 'locked', 'tries', 'token', 'quirk', 'expired', 'no-signature'],
    load: async () => (await import('./emulate.js')).emulate,
  },
  {
    name: 'record',
    usage: 'jpki record FILE [--force]',
    operands: 1,
    options: ['force'],
    load: async () => (await import('./record.js')).record,
  },
  {
    name: 'doctor',
    usage: 'jpki doctor',
    operands: 0,
    options: [],
    load: async () => (await import('./doctor.js')).doctor,
  },
];
