/** The subcommands: how each is written, what it takes, and where it lives. Nothing is loaded until it runs. */
import type { Command } from '../context.js';

const PINS = ['auth', 'sign', 'text', 'registry'];
const CERTIFICATES = ['auth', 'sign', 'auth-ca', 'sign-ca'];

export const COMMANDS: readonly Command[] = [
  {
    name: 'readers',
    usage: 'jpki readers',
    options: [],
    load: async () => (await import('./readers.js')).readers,
  },
  {
    name: 'status',
    usage: 'jpki status [--all-pins] [--watch]',
    options: ['all-pins', 'watch'],
    load: async () => (await import('./status.js')).status,
  },
  {
    name: 'cert show',
    usage: 'jpki cert show auth|sign|auth-ca|sign-ca',
    operand: CERTIFICATES,
    options: ['pin-file', 'allow-last-try'],
    load: async () => (await import('./certificate.js')).certShow,
  },
  {
    name: 'cert export',
    usage: 'jpki cert export auth|sign|auth-ca|sign-ca [--out FILE [--force]] [--format pem|der]',
    operand: CERTIFICATES,
    options: ['out', 'force', 'format', 'pin-file', 'allow-last-try'],
    load: async () => (await import('./certificate.js')).certExport,
  },
  {
    name: 'pin verify',
    usage: 'jpki pin verify auth|sign|text|registry [--pin-file PATH]',
    operand: PINS,
    options: ['pin-file', 'allow-last-try', 'only'],
    load: async () => (await import('./pin.js')).pinVerify,
  },
  {
    name: 'pin change',
    usage: 'jpki pin change auth|sign|text|registry [--pin-file PATH [--new-pin-file PATH]]',
    operand: PINS,
    options: ['pin-file', 'new-pin-file', 'allow-last-try', 'only'],
    load: async () => (await import('./pin.js')).pinChange,
  },
  {
    name: 'text show',
    usage: 'jpki text show [--my-number] [--pin-file PATH]',
    options: ['my-number', 'my-number-in-json', 'pin-file', 'allow-last-try'],
    load: async () => (await import('./text.js')).textShow,
  },
  {
    name: 'sign',
    usage: 'jpki sign FILE [--out FILE] [--force] [--attached | --pdf [--profile pades|registry]]',
    operand: 'file',
    options: ['out', 'force', 'attached', 'pdf', 'profile', 'pin-file', 'allow-last-try'],
    load: async () => (await import('./sign.js')).sign,
  },
  {
    name: 'verify',
    usage: 'jpki verify FILE.p7s|FILE.pdf [--content FILE] [--ca FILE|card] [--out FILE [--force]]',
    operand: 'file',
    options: ['content', 'ca', 'out', 'force'],
    load: async () => (await import('./verify-file.js')).verifyFile,
  },
  {
    name: 'login-token',
    usage: 'jpki login-token --audience URL --nonce TEXT',
    options: ['audience', 'nonce', 'pin-file', 'allow-last-try'],
    load: async () => (await import('./sign.js')).loginToken,
  },
  {
    name: 'ssh-key',
    usage: 'jpki ssh-key',
    options: ['pin-file', 'allow-last-try'],
    load: async () => (await import('./ssh-key.js')).sshKey,
  },
  {
    name: 'ssh-agent',
    usage: 'jpki ssh-agent [--socket PATH] [--hold MINUTES] [-- COMMAND [WORDS]]',
    operand: 'command',
    options: ['socket', 'hold'],
    load: async () => (await import('./ssh-agent.js')).sshAgent,
  },
  {
    name: 'recover',
    usage: 'jpki recover [--sign STATE] [--auth STATE] [--no-card]',
    options: ['sign', 'auth', 'registry', 'input-support', 'no-card'],
    load: async () => (await import('./recover.js')).recover,
  },
  {
    name: 'emulate',
    usage: 'jpki emulate [--state FILE] [--locked auth|sign] [--tries auth|sign=N]',
    options: ['state', 'host', 'port', 'locked', 'tries', 'token', 'quirk', 'expired', 'no-signature'],
    load: async () => (await import('./emulate.js')).emulate,
  },
  {
    name: 'record',
    usage: 'jpki record FILE [--force]',
    operand: 'file',
    options: ['force'],
    load: async () => (await import('./record.js')).record,
  },
  {
    name: 'doctor',
    usage: 'jpki doctor',
    options: [],
    load: async () => (await import('./doctor.js')).doctor,
  },
  {
    name: 'completion',
    usage: 'jpki completion bash|zsh|fish',
    operand: ['bash', 'zsh', 'fish'],
    options: [],
    load: async () => (await import('./completion.js')).completionOf(COMMANDS),
  },
];
