import { describe, expect, it } from 'vitest';
import { parseBirthDate } from '../../src/certificate/holder.js';
import { JpkiCertificate } from '../../src/certificate/index.js';
import { FICTIONAL_HOLDER } from '../../src/virtual/issuance.js';
import { type HolderDetails, issueCertificate, signContent } from '../../src/virtual/issue-certificate.js';
import { authority, LEAF_DATES, leaf, leafContent, leafKeys, withExtension } from './support.js';

const refused = expect.objectContaining({ code: 'CERTIFICATE_INVALID' });

function holderOf(details: Partial<HolderDetails>) {
  const place = { prefecture: 'Kakuu-ken', municipality: 'Mihon-shi' };
  const holder = { ...FICTIONAL_HOLDER, ...details };
  const content = signContent(authority.sign, leafKeys.publicKey, LEAF_DATES, place, holder);
  return JpkiCertificate.parse(issueCertificate(content)).holder;
}

/** A certificate with this subjectAltName, in hexadecimal DER. */
function holderFromDer(hex: string) {
  const value = Uint8Array.from(Buffer.from(hex, 'hex'));
  const extensions = withExtension(leafContent('sign').extensions, { oid: '2.5.29.17', value });
  return JpkiCertificate.parse(leaf('sign', { extensions })).holder;
}

const derText = (tag: number, text: string): string => {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([tag, bytes.length]), bytes]).toString('hex');
};
const wrap = (tag: string, hex: string): string => {
  const length = hex.length / 2;
  return tag + (length < 0x80 ? '' : '81') + length.toString(16).padStart(2, '0') + hex;
};
/** otherName 1.2.392.200149.8.5.5.N, encoded by hand. */
const entry = (n: number, value: string): string =>
  wrap('a0', `060a2a83088c9b550805050${n}${wrap('a0', value)}`);
const altName = (...entries: string[]): string => wrap('30', entries.join(''));

describe('the date of birth', () => {
  it.each([
    ['119120729', 'meiji', 45, '1912-07-29'],
    ['219261224', 'taisho', 15, '1926-12-24'],
    ['319261225', 'showa', 1, '1926-12-25'],
    ['319890107', 'showa', 64, '1989-01-07'],
    ['419890108', 'heisei', 1, '1989-01-08'],
    ['420190430', 'heisei', 31, '2019-04-30'],
    ['520190501', 'reiwa', 1, '2019-05-01'],
    ['420000229', 'heisei', 12, '2000-02-29'],
  ])('%s is in the era %s, year %i', (encoded, era, eraYear, iso) => {
    expect(parseBirthDate(encoded)).toMatchObject({ era: { id: era }, eraYear, iso, unknown: [] });
  });

  it.each([
    ['000000000', ['era', 'year', 'month', 'day']],
    ['019500101', ['era']],
    ['319500000', ['month', 'day']],
    ['319500100', ['day']],
    ['300000101', ['year']],
    // An era that begins after this was written.
    ['620400101', ['era']],
  ])('%s leaves unknown what is unknown', (encoded, unknown) => {
    const date = parseBirthDate(encoded);
    expect(date.unknown).toEqual(unknown);
    expect(date.iso === undefined).toBe(unknown.some((part) => part !== 'era'));
    if (unknown.includes('era')) expect(date.eraYear).toBeUndefined();
  });

  it('takes 29 February when the year is unknown', () => {
    expect(parseBirthDate('000000229')).toMatchObject({ month: 2, day: 29, unknown: ['era', 'year'] });
  });

  it.each(['42001041', '4200104155', '42001041x', '420011301', '420010431', '420010229', '４20010415', ''])(
    '"%s" is refused',
    (encoded) => {
      expect(() => parseBirthDate(encoded)).toThrow(refused);
    },
  );
});

describe('the holder', () => {
  it.each([
    ['male', 'male'],
    ['female', 'female'],
    ['unknown', 'unknown'],
  ] as const)('of sex %s is %s', (sex, expected) => {
    expect(holderOf({ sex })?.sex).toBe(expected);
  });

  it('has each substitute character with its place, counted in characters', () => {
    const holder = holderOf({ name: '𠮷野　架空', nameSubstitutes: '10010' });
    expect(holder?.nameSubstitutes).toEqual([
      { index: 0, character: '𠮷' },
      { index: 3, character: '架' },
    ]);
  });

  it('has substitutes at unknown places when the marks do not fit the text', () => {
    expect(holderOf({ name: '仮想　見本子', nameSubstitutes: '01' })?.nameSubstitutes).toBeUndefined();
    expect(holderOf({ name: '仮想　見本子', nameSubstitutes: '00' })?.nameSubstitutes).toEqual([]);
  });

  it('is read from the bytes of docs/card.md', () => {
    const holder = holderFromDer(
      altName(
        entry(1, derText(12, '仮想　子')),
        entry(2, derText(12, '0100')),
        entry(3, derText(12, '1')),
        entry(4, derText(12, '319500000')),
        entry(5, derText(12, '架空市')),
        entry(6, derText(12, '000')),
      ),
    );
    expect(holder).toMatchObject({
      name: '仮想　子',
      nameSubstitutes: [{ index: 1, character: '想' }],
      sex: 'male',
      birthDate: { encoded: '319500000', era: { ja: '昭和' } },
      address: '架空市',
      addressSubstitutes: [],
    });
  });

  it('of which the certificate leaves things out has them unknown or empty', () => {
    expect(holderFromDer(altName(entry(1, derText(12, '仮想　子'))))).toMatchObject({
      name: '仮想　子',
      nameSubstitutes: undefined,
      sex: 'unknown',
      birthDate: { unknown: ['era', 'year', 'month', 'day'] },
      address: '',
      addressSubstitutes: undefined,
    });
    // rfc822Name alone
    expect(holderFromDer(altName(derText(0x81, 'nobody@example.com')))).toBeUndefined();
  });

  it.each([
    ['an entry twice', altName(entry(1, derText(12, '仮想')), entry(1, derText(12, '架空')))],
    ['a PrintableString', altName(entry(1, derText(19, 'ANNA')))],
    ['a sex that is none of the three', altName(entry(1, derText(12, 'A')), entry(3, derText(12, '4')))],
    ['a broken date', altName(entry(1, derText(12, 'A')), entry(4, derText(12, '4200104')))],
    ['marks other than 0 and 1', altName(entry(1, derText(12, 'A')), entry(2, derText(12, '2')))],
    ['a control character', altName(entry(1, derText(12, 'A\u001b[2J')))],
    ['a character that turns the writing direction', altName(entry(1, derText(12, 'A\u202e')))],
    ['an entry without a value', altName(wrap('a0', '060a2a83088c9b5508050501'))],
    ['broken UTF-8', altName(entry(1, '0c01ff'))],
  ])('with %s is refused', (_, hex) => {
    expect(() => holderFromDer(hex)).toThrow(refused);
  });
});
