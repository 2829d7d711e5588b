/** Judges a JWS that somebody made, with a card or with another program. */
import { type ChecksOf, checkDate, checkedOptions, checkRole, required } from '../arguments.js';
import type { CertificateVerdict, Finding, JpkiCertificate, TrustAnchor } from '../certificate/index.js';
import { checkAnchors } from '../certificate/trust-anchors.js';
import { checkCertificates } from '../certificate/verify.js';
import type { BilingualText, KeyRole } from '../errors.js';
import type { HashName } from '../jpki/hash.js';
import { say } from '../text/index.js';
import { hashNamed, JWS_ALGORITHMS } from './card-signature.js';
import { type JwsAlgorithm, MAX_JWS_LENGTH } from './jws.js';
import { type CompactJws, judgeSigner, readChain, readCompactJws, type SignerChain } from './jws-read.js';
import { LOGIN_TOKEN_TYPE } from './login-token.js';

/**
 * Stable names of what a verdict on a JWS finds wrong, beside those about its certificate.
 *
 * @category Signatures
 */
export type JwsFindingCode =
  | 'JWS_MALFORMED'
  | 'JWS_REPEATED_NAME'
  | 'JWS_ALGORITHM'
  | 'JWS_CRITICAL'
  | 'JWS_TYPE'
  | 'JWS_CERTIFICATES'
  | 'JWS_SIGNATURE';

/**
 * One thing that is wrong with a JWS or its certificate.
 *
 * @category Signatures
 */
export interface JwsFinding {
  /** The JWS's, or `Finding`'s for its certificate. */
  readonly code: JwsFindingCode | Finding['code'];
  readonly text: BilingualText;
}

/**
 * What to judge a JWS for, and by whom. A value of another type is `INVALID_ARGUMENT`.
 *
 * @category Signatures
 */
export interface VerifyJwsOptions {
  /** Which key has to have signed: `sign`, 署名用, or `auth`, 利用者証明用. The two never stand in for each other. */
  readonly purpose: KeyRole;
  /** The moment at which the certificates have to be within their dates; default now. */
  readonly at?: Date | undefined;
  /** Whom to believe, instead of the CAs of J-LIS. */
  readonly anchors?: readonly TrustAnchor[] | undefined;
  /**
   * CA certificates for a JWS that lacks its own, from anywhere: they count only under an anchor. Those of J-LIS need not be
   * given.
   */
  readonly issuers?: readonly JpkiCertificate[] | undefined;
}

const VERIFY_CHECKS: ChecksOf<VerifyJwsOptions> = {
  purpose: required(checkRole),
  at: checkDate,
  anchors: checkAnchors,
  issuers: checkCertificates,
};

/**
 * The holder of the certificate's key signed this payload. Says nothing about revocation, nor when it was signed.
 *
 * @category Signatures
 */
export interface ValidJws {
  readonly valid: true;
  readonly findings: readonly [];
  /** The bytes that were signed. */
  readonly payload: Uint8Array;
  /** The protected header, which was signed too: compare its `typ` with what you expect (RFC 8725 section 3.11). */
  readonly header: ReadonlyMap<string, unknown>;
  readonly algorithm: JwsAlgorithm;
  readonly certificate: JpkiCertificate;
  /** Also says what was not checked. */
  readonly certificateVerdict: CertificateVerdict;
}

/**
 * At least one thing is wrong. The payload is not given: nobody has vouched for it.
 *
 * @category Signatures
 */
export interface InvalidJws {
  readonly valid: false;
  /** Everything that is wrong, as far as the JWS could be read. */
  readonly findings: readonly JwsFinding[];
}

/**
 * Check `valid` before anything else: only a valid JWS has a payload.
 *
 * @category Signatures
 */
export type JwsVerdict = ValidJws | InvalidJws;

/**
 * Judges a compact JWS (RFC 7515) of at most 32 Mi characters, without a card: RS256, RS384 or RS512 by a certificate
 * of this purpose, which comes with it (`x5c`, alone or with its CA's, else from `issuers`) and is believed only under an anchor. No other
 * header parameter leads to a key: `jku`, `jwk`, `x5u` and `kid` are not looked at. A JWS with `crit` or `b64`, with
 * two equal names in its header, or that is a login token (for those: `verifyLoginToken`) is refused.
 *
 * A JWS can be shown to anybody, again and again: what must count once needs a nonce in what is signed.
 *
 * @throws JpkiError `INVALID_ARGUMENT` for options that are none; whatever is wrong with the JWS is in the verdict, also
 * that it is no string
 * @example
 * const verdict = await verifyJws(jws, { purpose: 'sign' });
 * if (verdict.valid) console.log(new TextDecoder().decode(verdict.payload));
 * @category Signatures
 */
export async function verifyJws(jws: string, options: VerifyJwsOptions): Promise<JwsVerdict> {
  const { purpose, at = new Date(), anchors, issuers = [] } = checkedOptions(options, VERIFY_CHECKS);
  const parts = readSignedJws(jws);
  if (typeof parts === 'string') return invalid([parts]);
  const { compact, hash, chain } = parts;
  const signer = { ...chain, issuers: [...chain.issuers, ...issuers] };
  const { certificateVerdict, isSigned } = await judgeSigner(compact, hash, signer, { purpose, at, anchors });
  if (!isSigned || !certificateVerdict.trusted) {
    return invalid(isSigned ? [] : ['JWS_SIGNATURE'], certificateVerdict.findings);
  }
  const verdict: ValidJws = {
    valid: true,
    findings: [],
    payload: compact.payload,
    header: compact.header,
    algorithm: JWS_ALGORITHMS[hash],
    certificate: chain.certificate,
    certificateVerdict,
  };
  return Object.freeze(verdict);
}

interface SignedJws {
  readonly compact: CompactJws;
  readonly hash: HashName;
  readonly chain: SignerChain;
}

const DEFECTS = { malformed: 'JWS_MALFORMED', 'repeated-name': 'JWS_REPEATED_NAME' } as const;

/** @returns the parts, or what makes the JWS one that is not looked at any further */
function readSignedJws(jws: unknown): SignedJws | JwsFindingCode {
  const compact = readCompactJws(jws, MAX_JWS_LENGTH);
  if (typeof compact === 'string') return DEFECTS[compact];
  const { header } = compact;
  const hash = hashNamed(JWS_ALGORITHMS, header.get('alg'));
  if (hash === undefined) return 'JWS_ALGORITHM';
  // RFC 7515 section 4.1.11: who does not understand a critical parameter refuses. `b64` changes what is signed even
  // where its maker forgot to call it critical (RFC 7797 section 6).
  if (header.has('crit') || header.has('b64')) return 'JWS_CRITICAL';
  if (header.get('typ') === LOGIN_TOKEN_TYPE) return 'JWS_TYPE';
  const chain = readChain(header.get('x5c'));
  return chain ? { compact, hash, chain } : 'JWS_CERTIFICATES';
}

function invalid(
  codes: readonly JwsFindingCode[],
  ofCertificate: CertificateVerdict['findings'] = [],
): InvalidJws {
  const findings = codes.map(
    (code): JwsFinding => ({ code, text: say((texts) => texts.signature.jws.finding[code]) }),
  );
  return Object.freeze({ valid: false, findings: Object.freeze([...findings, ...ofCertificate]) });
}
