/** Signatures of the main entry point. CMS has its own, `jpki-card/cms`. */
export type { HashName } from '../jpki/hash.js';
export { type JwsAlgorithm, type JwsPayload, type SignJwsOptions, signJws } from './jws.js';
export { type CreateLoginTokenOptions, createLoginToken } from './login-create.js';
export type { LoginFinding, LoginFindingCode } from './login-findings.js';
export {
  type InvalidLogin,
  type LoginClaims,
  type LoginVerdict,
  type ValidLogin,
  type VerifyLoginTokenOptions,
  verifyLoginToken,
} from './login-verify.js';
