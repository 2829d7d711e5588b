/**
 * SSH with the authentication key of a card: entry point `jpki-card/ssh`.
 *
 * @module jpki-card/ssh
 */

export {
  type AppletSource,
  createSshAgent,
  type SshAgent,
  type SshAgentOptions,
  type SshAgentServer,
  type SshAgentSignOptions,
  type SshListenOptions,
  type SshPinCallback,
} from './agent.js';
export { type SshPublicKey, sshPublicKey } from './public-key.js';
export type { SshFileRequest, SshLoginRequest, SshSignRequest } from './request.js';
