import { bytesFrom, oneOf } from '../arguments.js';
import { DIGEST_INFO_PREFIX } from '../asn1/digest-info.js';
import { concatBytes } from '../bytes.js';
import { JpkiError, type KeyRole } from '../errors.js';
import { type OperationOptions, StatusWord, SW } from '../iso7816/index.js';
import { say } from '../text/index.js';
import { computeSignature } from './commands.js';
import { byShortId, CURRENT_FILE, KEY_FILE, SIGNATURE_P1 } from './files.js';
import { digest, type HashName, type SignableData } from './hash.js';
import {
  type Attempt,
  type CardSession,
  type Naming,
  refusesShortId,
  statusError,
  trace,
} from './session.js';

export type { HashName, SignableData } from './hash.js';

/**
 * How data is hashed and padded before the RSA operation. `raw`: the caller brings the DigestInfo (1 to 245 bytes),
 * the card adds PKCS #1 v1.5 padding. PSS uses MGF1 with SHA-256 and a salt of the card's choice.
 *
 * @category Signatures
 */
export type SignatureScheme =
  | 'RSASSA-PKCS1-v1_5-SHA-256'
  | 'RSASSA-PKCS1-v1_5-SHA-384'
  | 'RSASSA-PKCS1-v1_5-SHA-512'
  | 'RSASSA-PSS-SHA-256'
  | 'raw';

interface SchemeParameters {
  readonly hash: HashName;
  readonly p1: number;
  /** What stands in front of the hash; empty where the card adds its own. */
  readonly prefix: Uint8Array;
}

const pkcs1 = (hash: HashName): SchemeParameters => ({
  hash,
  p1: SIGNATURE_P1.PAD_ONLY,
  prefix: DIGEST_INFO_PREFIX[hash],
});

const SCHEMES: Readonly<Record<Exclude<SignatureScheme, 'raw'>, SchemeParameters>> = {
  'RSASSA-PKCS1-v1_5-SHA-256': pkcs1('SHA-256'),
  'RSASSA-PKCS1-v1_5-SHA-384': pkcs1('SHA-384'),
  'RSASSA-PKCS1-v1_5-SHA-512': pkcs1('SHA-512'),
  'RSASSA-PSS-SHA-256': { hash: 'SHA-256', p1: SIGNATURE_P1.PSS_SHA256, prefix: new Uint8Array(0) },
};

export const checkScheme = oneOf(...Object.keys(SCHEMES), 'raw');

/** Length of an RSA-2048 signature in bytes. */
const SIGNATURE_LENGTH = 256;
/** Most bytes PKCS #1 v1.5 padding leaves room for in 256 (RFC 8017 section 9.2). */
const MAX_RAW_LENGTH = SIGNATURE_LENGTH - 11;
/** What `raw` takes: a DigestInfo. */
const checkRaw = bytesFrom(1, MAX_RAW_LENGTH);

/** One signature: the hash is made before the card is asked for, so the card waits for nobody. */
export async function sign(
  session: CardSession,
  role: KeyRole,
  data: SignableData,
  scheme: SignatureScheme,
  options: OperationOptions,
): Promise<Uint8Array> {
  const { p1, input } = await cardInput(data, scheme, options.signal);
  const key = KEY_FILE[role];
  const answer = await session.run(
    'jpki',
    (send) =>
      session.withFile(send, key, async (naming) => {
        const p2 = naming.byShortId ? byShortId(key) : CURRENT_FILE;
        const response = await send(computeSignature(p1, p2, input));
        return { response, name: nameIn(session, response.statusWord, naming) };
      }),
    options,
  );
  const statusWord = answer?.response.statusWord ?? new StatusWord(SW.FILE_NOT_FOUND);
  const signature = answer?.response.data ?? new Uint8Array(0);
  trace('sign %s %s: %s', role, scheme, statusWord);
  if (statusWord.value === SW.SECURITY_STATUS_NOT_SATISFIED) {
    throw new JpkiError('PIN_REQUIRED', undefined, { role, statusWord: statusWord.value });
  }
  if (statusWord.value === SW.WRONG_P1_P2 && p1 !== SIGNATURE_P1.PAD_ONLY)
    throw new JpkiError(
      'UNSUPPORTED',
      say((t) => t.card.noPss),
      {
        ...{ role, statusWord: statusWord.value },
        remedy: say((t) => t.card.asNamed),
      },
    );
  if (!statusWord.isDone) throw statusError(statusWord, (t) => t.card.signing, role);
  if (signature.length !== SIGNATURE_LENGTH) {
    throw new JpkiError(
      'MALFORMED_RESPONSE',
      `A signature of ${signature.length} bytes; an RSA-2048 one has ${SIGNATURE_LENGTH}.`,
      { role },
    );
  }
  return signature.slice();
}

async function cardInput(
  data: SignableData,
  scheme: SignatureScheme,
  signal: AbortSignal | undefined,
): Promise<{ p1: number; input: Uint8Array }> {
  if (scheme === 'raw') {
    checkRaw('data', data);
    return { p1: SIGNATURE_P1.PAD_ONLY, input: (data as Uint8Array).slice() };
  }
  const { hash, p1, prefix } = SCHEMES[scheme];
  return { p1, input: concatBytes(prefix, await digest(hash, data, signal)) };
}

/** What the answer says of the name of the key. A key whose PIN is missing says so whatever it was named by. */
function nameIn(session: CardSession, statusWord: StatusWord, { byShortId }: Naming): Attempt['name'] {
  if (!byShortId) return refusesShortId(statusWord) ? 'untold' : 'taken';
  if (statusWord.value === SW.SECURITY_STATUS_NOT_SATISFIED) return 'untold';
  return session.refusesShortId(statusWord) ? 'refused' : 'taken';
}
