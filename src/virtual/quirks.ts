import { type ChecksOf, checkBoolean, checkedOptions, integerFrom, listOf, oneOf } from '../arguments.js';
import { invalidArgument } from '../errors.js';
import { AID, type ApplicationName } from '../jpki/files.js';

/**
 * How a virtual card behaves wherever cards are known to differ (card.md names each). The defaults are the card seen
 * most often; every other value is the second behaviour. Any other is `INVALID_ARGUMENT`.
 */
export interface VirtualCardQuirks {
  /** Short EF identifiers, or the status word that refuses them: 6A82, 6A86 or 6A88. */
  readonly shortIds: true | 0x6a82 | 0x6a86 | 0x6a88;
  /** CHANGE REFERENCE DATA takes a short identifier too; no source says, so both are here. */
  readonly changeByShortId: boolean;
  /** A VERIFY of four bytes is understood; else 6700, and an Le of 00 is needed. */
  readonly fourByteVerify: boolean;
  readonly extendedLength: boolean;
  /** Answer to a query on a locked PIN. */
  readonly lockedQuery: 0x63c0 | 0x6983 | 0x6984;
  /** Answer to a VERIFY on a locked PIN. */
  readonly lockedVerify: 0x6983 | 0x6984;
  /** Answer to a query on a verified PIN: 63Cx, or 9000 as ISO allows. */
  readonly verifiedQuery: 'counter' | 0x9000;
  /** A wrong PIN and a query are answered 63Cx, or 6300 without a number. */
  readonly pinCounter: boolean;
  /** The first command after a power-up is answered 6F00. */
  readonly firstCommandFails: boolean;
  /** A read that reaches the end of the file: a shorter answer and 9000, the same and 6282, or 6Cxx and no data. */
  readonly endOfFile: 'shorter' | 0x6282 | 0x6c;
  /** Data is announced with 61xx and fetched with GET RESPONSE. */
  readonly getResponse: boolean;
  /** Most data bytes in one answer to READ BINARY, 1 to 65536: less than asked is normal (JICSAP 6.4.1). */
  readonly maxRead: number;
  /** The user authentication certificate is read only after its PIN, as on an Android token [myna]. */
  readonly authCertificateNeedsPin: boolean;
  /** Signature variants P1 01 to 05 exist; else 6A86. */
  readonly cardSideHashing: boolean;
  /** Applications the card lacks. */
  readonly absentApplications: readonly ApplicationName[];
}

export const DEFAULT_QUIRKS: VirtualCardQuirks = {
  shortIds: true,
  changeByShortId: true,
  fourByteVerify: true,
  extendedLength: true,
  lockedQuery: 0x63c0,
  lockedVerify: 0x6984,
  verifiedQuery: 'counter',
  pinCounter: true,
  firstCommandFails: false,
  endOfFile: 'shorter',
  getResponse: false,
  maxRead: 65536,
  authCertificateNeedsPin: false,
  cardSideHashing: true,
  absentApplications: [],
};

const CHECKS: ChecksOf<Partial<VirtualCardQuirks>> = {
  shortIds: oneOf(true, 0x6a82, 0x6a86, 0x6a88),
  changeByShortId: checkBoolean,
  fourByteVerify: checkBoolean,
  extendedLength: checkBoolean,
  lockedQuery: oneOf(0x63c0, 0x6983, 0x6984),
  lockedVerify: oneOf(0x6983, 0x6984),
  verifiedQuery: oneOf('counter', 0x9000),
  pinCounter: checkBoolean,
  firstCommandFails: checkBoolean,
  endOfFile: oneOf('shorter', 0x6282, 0x6c),
  getResponse: checkBoolean,
  maxRead: integerFrom(1, 65536),
  authCertificateNeedsPin: checkBoolean,
  cardSideHashing: checkBoolean,
  absentApplications: listOf(oneOf(...Object.keys(AID))),
};

/**
 * The quirks with what is left out of them as `defaults` say, for a program's argument and for a saved state.
 *
 * @throws JpkiError `INVALID_ARGUMENT` naming the quirk; one that does not exist would be a card that is not what was
 * asked for
 */
export function quirksFrom(
  quirks: Partial<VirtualCardQuirks>,
  defaults: Partial<VirtualCardQuirks> = {},
): VirtualCardQuirks {
  const checked = checkedOptions(quirks, CHECKS, 'quirks');
  const unknown = Object.keys(quirks).find((name) => !Object.hasOwn(CHECKS, name));
  if (unknown !== undefined)
    throw invalidArgument(`quirks.${unknown}`, {
      en: 'left out: there is no such quirk',
      ja: '指定なし（そのような項目はありません）',
    });
  return { ...DEFAULT_QUIRKS, ...defaults, ...checked };
}

/** Whether there is a quirk of that name that may have that value. */
export function isQuirk(name: string, value: unknown): boolean {
  try {
    quirksFrom({ [name]: value });
    return true;
  } catch {
    return false;
  }
}
