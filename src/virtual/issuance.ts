/** The virtual card's issuing office: whom it issues to and for how long, keys, a hierarchy of two CAs, and one card's certificates. */
import {
  bytesFrom,
  type ChecksOf,
  checkArray,
  checkBoolean,
  checkBytes,
  checkedOptions,
  checkRole,
  checkString,
  checkText,
  checkThat,
  fieldsOf,
  oneOf,
  required,
  type SomeOf,
} from '../arguments.js';
import { SEX_DIGITS } from '../certificate/profile.js';
import type { KeyRole } from '../errors.js';
import { hasCheckDigit, inJapan, isCalendarDay, JAPAN_OFFSET_MS } from '../japan.js';
import type { CertificateAuthority, HolderDetails, KeyPair, Validity } from './issue-certificate.js';
import {
  FICTIONAL_TEXT,
  type TextAuthority,
  type TextDetails,
  type TextIssuer,
  textAuthorityFrom,
} from './text-files.js';

/** The part of the office that makes certificates, with what it takes for that: loaded when something is issued. */
const certificates = () => import('./issue-certificate.js');

/** What no hierarchy but a virtual one is called: nobody can take it for a real one. */
export const VIRTUAL_ORGANIZATION = 'JPKI-VIRTUAL (NOT REAL)';

const DAY_MS = 86_400_000;

/** The two CAs, and who signs the text. Several cards may come from one. */
export interface VirtualAuthority extends Readonly<Record<KeyRole, CertificateAuthority>> {
  /** As `issueAuthority` makes it; a card that is issued without has a new one. */
  readonly text?: TextAuthority | undefined;
}

/**
 * Whom the certificates of a virtual card name, from when to when, and who issues them. A value of another type or range
 * is `INVALID_ARGUMENT`.
 */
export interface IssuanceOptions {
  /** Items left out come from a fictional person. */
  readonly holder?: SomeOf<HolderDetails> | undefined;
  /**
   * The Individual Number on the card: twelve digits of which the last is not the check digit of the others, so that it is
   * nobody's. Default `999999999999`.
   */
  readonly myNumber?: string | undefined;
  /** The four digits of the security code on the face; default `0000`. */
  readonly securityCode?: string | undefined;
  /** The code of the municipality that issued the card, five digits; default `99999`, which there is not. */
  readonly municipalityCode?: string | undefined;
  /** When the card ends, `YYYYMMDD`. Default: the tenth birthday after issue, the fifth of a holder who is under 18 then. */
  readonly cardExpiry?: string | undefined;
  /** First L of the signature certificate's subject, not empty; default a fictional prefecture. */
  readonly prefecture?: string | undefined;
  /** Second L of the signature certificate's subject, not empty; default a fictional city. */
  readonly municipality?: string | undefined;
  /** Of the years 1950 to 9999. Default: five minutes ago, so that a clock that is a little slow agrees. */
  readonly notBefore?: Date | undefined;
  /** Of the years 1950 to 9999. Default: the end of the holder's fifth birthday after issue. */
  readonly notAfter?: Date | undefined;
  /** `false` leaves the signature key and certificate out, as for people under fifteen. Default `true`. */
  readonly signatureCertificate?: boolean | undefined;
  /** CAs to issue from, as `issueAuthority` makes them; default: new ones. */
  readonly authority?: VirtualAuthority | undefined;
}

/** RFC 5280 section 4.1.2.5: UTCTime begins in 1950, GeneralizedTime has four digits for the year. */
const checkCertificateDate = checkThat(
  (t) => t.virtual.certificateDate,
  (value) => value instanceof Date && value.getUTCFullYear() >= 1950 && value.getUTCFullYear() <= 9999,
);
const checkAuthority = fieldsOf<CertificateAuthority>({
  role: required(checkRole),
  name: required(checkArray),
  serialNumber: required(checkBytes),
  certificate: required(checkBytes),
  privateKey: required(checkBytes),
  publicKey: required(checkBytes),
});

const checkTextAuthority = fieldsOf<TextAuthority>({
  issuer: required(
    fieldsOf<TextIssuer>({ keyId: required(bytesFrom(16, 16)), modulus: required(bytesFrom(256, 256)) }),
  ),
  certificate: required(checkBytes),
  privateKey: required(checkBytes),
});

const checkMyNumber = checkThat(
  (t) => t.virtual.myNumber,
  (value) =>
    typeof value === 'string' && /^[0-9]{12}$/.test(value) && !hasCheckDigit(new TextEncoder().encode(value)),
);
const digits = (count: number) =>
  checkThat(
    (t) => t.virtual.digits(count),
    (value) => typeof value === 'string' && value.length === count && /^[0-9]+$/.test(value),
  );
const checkDay = checkThat(
  (t) => t.virtual.day,
  (value) => {
    const [, year, month, day] = /^([0-9]{4})([0-9]{2})([0-9]{2})$/.exec(String(value)) ?? [];
    return typeof value === 'string' && isCalendarDay(Number(year), Number(month), Number(day));
  },
);

const checkBirthDate = checkThat(
  (t) => t.virtual.birthDate,
  (value) => typeof value === 'string' && /^[0-5][0-9]{4}(0[0-9]|1[0-2])([0-2][0-9]|3[01])$/.test(value),
);
const checkMarks = checkThat(
  (t) => t.virtual.substitutes,
  (value) => typeof value === 'string' && /^[01]*$/.test(value),
);

const HOLDER_CHECKS: ChecksOf<SomeOf<HolderDetails>> = {
  name: checkText,
  nameSubstitutes: checkMarks,
  sex: oneOf(...Object.keys(SEX_DIGITS)),
  birthDate: checkBirthDate,
  address: checkString,
  addressSubstitutes: checkMarks,
};

/** Nobody: the names say imaginary (仮想) and fictitious (架空), sample (見本) and example (例示). */
export const FICTIONAL_HOLDER: HolderDetails = {
  name: '仮想　見本子',
  sex: 'female',
  birthDate: '420010415',
  address: '架空県見本市例示町一丁目２番３号',
};

export const ISSUANCE_CHECKS: ChecksOf<IssuanceOptions> = {
  holder: fieldsOf<SomeOf<HolderDetails>>(HOLDER_CHECKS),
  myNumber: checkMyNumber,
  securityCode: digits(4),
  municipalityCode: digits(5),
  cardExpiry: checkDay,
  prefecture: checkText,
  municipality: checkText,
  notBefore: checkCertificateDate,
  notAfter: checkCertificateDate,
  signatureCertificate: checkBoolean,
  authority: fieldsOf<VirtualAuthority>({
    auth: required(checkAuthority),
    sign: required(checkAuthority),
    text: checkTextAuthority,
  }),
};

/** What goes on a card, all DER: X.509 certificates, and PKCS#8 private keys. */
export interface IssuedCredentials {
  readonly authority: VirtualAuthority;
  readonly certificates: {
    readonly auth: Uint8Array;
    readonly sign: Uint8Array | undefined;
    readonly 'auth-ca': Uint8Array;
    readonly 'sign-ca': Uint8Array;
  };
  readonly privateKeys: { readonly auth: Uint8Array; readonly sign: Uint8Array | undefined };
  readonly text: {
    readonly holder: HolderDetails;
    readonly details: TextDetails;
    readonly authority: TextAuthority;
  };
}

/**
 * Issues everything a card holds.
 *
 * @throws JpkiError `INVALID_ARGUMENT` when the birth date is none
 * @example
 * const { certificates, privateKeys } = await issueCredentials({ holder: { name: '架空　花子' } });
 */
export async function issueCredentials(options: IssuanceOptions = {}): Promise<IssuedCredentials> {
  const given = checkedOptions<SomeOf<HolderDetails>>(options.holder, HOLDER_CHECKS, 'holder');
  const holder: HolderDetails = { ...FICTIONAL_HOLDER, ...given };
  const notBefore = options.notBefore ?? new Date(Date.now() - 5 * 60_000);
  const notAfter = options.notAfter ?? fifthBirthday(holder.birthDate, notBefore);
  const validity = { notBefore, notAfter };
  const place = {
    prefecture: options.prefecture ?? 'Kakuu-ken',
    municipality: options.municipality ?? 'Mihon-shi',
  };

  const [office, authority, textAuthority, auth, sign] = await Promise.all([
    certificates(),
    options.authority ?? issueCas({ validity: decadeFrom(notBefore) }),
    options.authority?.text ?? issueTextAuthority(),
    generateKeyPair(),
    options.signatureCertificate === false ? undefined : generateKeyPair(),
  ]);
  const {
    myNumber = FICTIONAL_TEXT.myNumber,
    securityCode = FICTIONAL_TEXT.securityCode,
    municipalityCode = FICTIONAL_TEXT.municipalityCode,
    cardExpiry = cardExpiryOf(holder.birthDate, notBefore),
  } = options;
  return {
    authority,
    certificates: {
      auth: office.issueCertificate(office.authContent(authority.auth, auth.publicKey, validity)),
      sign:
        sign &&
        office.issueCertificate(office.signContent(authority.sign, sign.publicKey, validity, place, holder)),
      'auth-ca': authority.auth.certificate,
      'sign-ca': authority.sign.certificate,
    },
    privateKeys: { auth: auth.privateKey, sign: sign?.privateKey },
    text: {
      holder,
      details: { myNumber, securityCode, municipalityCode, cardExpiry },
      authority: textAuthority,
    },
  };
}

/** How the two CAs are made. A value of another type or range is `INVALID_ARGUMENT`. */
export interface AuthorityOptions {
  /** Two dates of the years 1950 to 9999. Default: ten years, from yesterday on. */
  readonly validity?: Validity | undefined;
  /** The O of the names, not empty; the default says that it is not real. */
  readonly organization?: string | undefined;
}

const AUTHORITY_CHECKS: ChecksOf<AuthorityOptions> = {
  validity: fieldsOf<Validity>({
    notBefore: required(checkCertificateDate),
    notAfter: required(checkCertificateDate),
  }),
  organization: checkText,
};

/**
 * Makes the two CAs, and who signs the text on cards.
 *
 * @throws JpkiError `INVALID_ARGUMENT`
 * @example
 * const authority = await issueAuthority();
 * const cards = [await VirtualCard.issue({ authority }), await VirtualCard.issue({ authority })];
 */
export async function issueAuthority(options: AuthorityOptions = {}): Promise<VirtualAuthority> {
  const [cas, text] = await Promise.all([issueCas(options), issueTextAuthority()]);
  return { ...cas, text };
}

async function issueTextAuthority(): Promise<TextAuthority> {
  return textAuthorityFrom(...(await Promise.all([generateKeyPair(), generateKeyPair()])));
}

async function issueCas(options: AuthorityOptions): Promise<Record<KeyRole, CertificateAuthority>> {
  const { validity = decadeFrom(new Date()), organization = VIRTUAL_ORGANIZATION } = checkedOptions(
    options,
    AUTHORITY_CHECKS,
  );
  const issue = async (role: KeyRole): Promise<CertificateAuthority> => {
    const [office, keys] = await Promise.all([certificates(), generateKeyPair()]);
    const name = office.authorityName(role, organization);
    const content = office.authorityContent(name, keys, validity);
    const { serialNumber } = content;
    return { role, name, serialNumber, certificate: office.issueCertificate(content), ...keys };
  };
  const [auth, sign] = await Promise.all([issue('auth'), issue('sign')]);
  return { auth, sign };
}

/** A new RSA-2048 key pair with exponent 65537 (docs/card.md section 2). */
export async function generateKeyPair(): Promise<KeyPair> {
  const { subtle } = crypto;
  const algorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
    hash: 'SHA-256',
  };
  const pair = await subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const [privateKey, publicKey] = await Promise.all([
    subtle.exportKey('pkcs8', pair.privateKey),
    subtle.exportKey('spki', pair.publicKey),
  ]);
  return { privateKey: new Uint8Array(privateKey), publicKey: new Uint8Array(publicKey) };
}

function decadeFrom(date: Date): Validity {
  const notBefore = new Date(date.getTime() - DAY_MS);
  return { notBefore, notAfter: new Date(notBefore.getTime() + 3653 * DAY_MS) };
}

/**
 * The end of validity: the last second, in Japan, of the fifth birthday after issue.
 *
 * @throws JpkiError `INVALID_ARGUMENT` when `birthDate` is none
 */
export function fifthBirthday(birthDate: string, issued: Date): Date {
  return new Date(birthdayAfter(5, birthDate, issued) + DAY_MS - 1000 - JAPAN_OFFSET_MS);
}

/** The card itself ends with the tenth birthday after issue, with the fifth for who is under 18 then (docs/card.md section 7). */
function cardExpiryOf(birthDate: string, issued: Date): string {
  const birthYear = Number(birthDate.slice(1, 5));
  const fifth = new Date(birthdayAfter(5, birthDate, issued));
  // On the fifth birthday after issue a holder who was under 18 is 22 at most.
  const isMinor = birthYear > 0 && fifth.getUTCFullYear() - birthYear <= 22;
  const last = isMinor ? fifth : new Date(birthdayAfter(10, birthDate, issued));
  return last.toISOString().slice(0, 10).replaceAll('-', '');
}

/**
 * The beginning of a day, as if Japan had UTC. A birthday of 29 February falls on the 28th in other years; an unknown month
 * or day is counted from the day of issue instead.
 */
function birthdayAfter(count: number, birthDate: string, issued: Date): number {
  checkBirthDate('holder.birthDate', birthDate);
  const [monthOfBirth, dayOfBirth] = [Number(birthDate.slice(5, 7)), Number(birthDate.slice(7))];
  const issue = inJapan(issued);
  const known = monthOfBirth !== 0 && dayOfBirth !== 0;
  const month = known ? monthOfBirth - 1 : issue.getUTCMonth();
  const day = known ? dayOfBirth : issue.getUTCDate();

  const birthdayIn = (year: number): number => {
    const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
    return Date.UTC(year, month, Math.min(day, lastDay));
  };
  const issueYear = issue.getUTCFullYear();
  const issueDay = Date.UTC(issueYear, issue.getUTCMonth(), issue.getUTCDate());
  const firstYear = birthdayIn(issueYear) > issueDay ? issueYear : issueYear + 1;
  return birthdayIn(firstYear + count - 1);
}
