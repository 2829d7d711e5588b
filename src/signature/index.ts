/** Signatures of the main entry point. CMS has its own, `jpki-card/cms`. */

export type { HashName } from '../jpki/hash.js';
export { accountKey } from './account-key.js';
export { type JwsAlgorithm, type JwsPayload, type SignJwsOptions, signJws } from './jws.js';
export {
  type InvalidJws,
  type JwsFinding,
  type JwsFindingCode,
  type JwsVerdict,
  type ValidJws,
  type VerifyJwsOptions,
  verifyJws,
} from './jws-verify.js';
export {
  type CreateLoginTokenOptions,
  createLoginToken,
  type InvalidLogin,
  type LoginClaims,
  type LoginFinding,
  type LoginVerdict,
  type ValidLogin,
  type VerifyLoginTokenOptions,
  verifyLoginToken,
} from './login.js';
export { type ChallengeStore, LoginChallenges, type LoginChallengesOptions } from './login-challenges.js';
export type { LoginFindingCode } from './login-token.js';
