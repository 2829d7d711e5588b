/** The signature dictionary as it is written (ISO 32000-1 table 252), with room for what is known last. */
import { toHex } from '../bytes.js';

/** `registry`: for 登記・供託オンライン申請システム. `pades`: ETSI EN 319 142-1, baseline B-B. */
export type PdfProfile = 'pades' | 'registry';

const SUB_FILTERS: Readonly<Record<PdfProfile, string>> = {
  pades: 'ETSI.CAdES.detached',
  registry: 'adbe.pkcs7.detached',
};

/** Room for the message, in bytes: with two certificates it has 3 to 4 thousand. */
export const CONTENTS_BYTES = 9472;
/** Room for a name, in UTF-16 units: a common name in a certificate has at most 64 characters (RFC 5280). */
const NAME_UNITS = 128;
/** A file has fewer bytes than that many digits can count. */
const RANGE_DIGITS = 10;

interface OwnWords {
  readonly reason?: string | undefined;
  readonly location?: string | undefined;
}

export function placeholder(profile: PdfProfile, time: Date, texts: OwnWords) {
  const lines = [
    '/Type /Sig',
    '/Filter /Adobe.PPKLite',
    `/SubFilter /${SUB_FILTERS[profile]}`,
    `/Name ${hexText(' '.repeat(NAME_UNITS))}`,
    `/M (${dateText(time)})`,
    ...(texts.reason === undefined ? [] : [`/Reason ${hexText(texts.reason)}`]),
    ...(texts.location === undefined ? [] : [`/Location ${hexText(texts.location)}`]),
    `/ByteRange [0${` ${'0'.repeat(RANGE_DIGITS)}`.repeat(3)}]`,
    `/Contents <${'00'.repeat(CONTENTS_BYTES)}>`,
  ];
  return new TextEncoder().encode(`<<\n${lines.join('\n')}\n>>`);
}

/** UTF-16BE in hexadecimal, which needs no escapes and is what the registry is known to have taken. */
export function hexText(text: string): string {
  const units = Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  return `<FEFF${units
    .map((unit) => unit.toString(16).padStart(4, '0'))
    .join('')
    .toUpperCase()}>`;
}

/** As much of a name as there is room for; no half of a surrogate pair. */
export const nameText = (name: string): string =>
  hexText(name.slice(0, NAME_UNITS).replace(/[\ud800-\udbff]$/, ''));

/** Section 7.9.4, in UTC. */
function dateText(time: Date): string {
  const [day, clock] = time.toISOString().slice(0, 19).split('T');
  return `D:${day?.replaceAll('-', '')}${clock?.replaceAll(':', '')}Z`;
}

export const contentsText = (cms: Uint8Array): string =>
  `<${toHex(cms)
    .toUpperCase()
    .padEnd(2 * CONTENTS_BYTES, '0')}>`;
