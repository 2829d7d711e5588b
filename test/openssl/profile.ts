/** The JPKI certificate profile (docs/card.md section 7) written as openssl configuration. */
import type { OpensslCertificate } from './issue.js';

const ARC = '1.2.392.200149.8.5';

export interface OpensslHolder {
  readonly name: string;
  readonly nameSubstitutes: string;
  readonly sex: string;
  readonly birthDate: string;
  readonly address: string;
  readonly addressSubstitutes: string;
}

export const caName = (unit: string): readonly string[] => [
  'C = JP',
  'O = JPKI-OPENSSL (NOT REAL)',
  `0.OU = JPKI for ${unit}`,
  '1.OU = made by openssl for a test',
];

export const caConfiguration = (unit: string): OpensslCertificate => ({
  startdate: '20251231150000Z',
  enddate: '20551231145959Z',
  serial: '0132C4AB',
  subject: caName(unit),
  extensions: [
    'keyUsage = critical,keyCertSign,cRLSign',
    'basicConstraints = critical,CA:TRUE',
    'crlDistributionPoints = crl',
    'subjectKeyIdentifier = hash',
  ],
  sections: { crl: ['fullname = dirName:crlname'], crlname: caName(unit) },
});

const leafExtensions = (keyUsage: string, policy: string): readonly string[] => [
  `keyUsage = critical,${keyUsage}`,
  `certificatePolicies = critical,${ARC}.${policy}`,
  'issuerAltName = dirName:ian',
  'crlDistributionPoints = crl',
  'authorityKeyIdentifier = keyid',
  'subjectKeyIdentifier = hash',
];

const leafSections = (unit: string): Readonly<Record<string, readonly string[]>> => ({
  // openssl takes only ASCII here.
  ian: ['C = JP', 'O = Public Certification Service for Individuals'],
  crl: ['fullname = dirName:crlname'],
  crlname: [...caName(unit).slice(0, 3), '1.OU = CRL Distribution Points', 'CN = Kakuu-ken CRLDP'],
});

export const authConfiguration = (
  dates: Pick<OpensslCertificate, 'startdate' | 'enddate'>,
): OpensslCertificate => ({
  ...dates,
  serial: '7F00FF01',
  subject: ['C = JP', 'CN = 2026040112345600000001T'],
  extensions: leafExtensions('digitalSignature', '1.3.30'),
  sections: leafSections('user authentication'),
});

export const signConfiguration = (
  holder: OpensslHolder,
  dates: Pick<OpensslCertificate, 'startdate' | 'enddate'>,
): OpensslCertificate => ({
  ...dates,
  serial: '00A1B2C3D4',
  subject: ['C = JP', '0.L = Kakuu-ken', '1.L = Mihon-shi', 'CN = 2026040112345600000002T'],
  extensions: [...leafExtensions('digitalSignature,nonRepudiation', '1.1.20'), 'subjectAltName = @san'],
  sections: {
    ...leafSections('digital signature'),
    san: holderEntries(holder).map(
      (value, i) => `otherName.${i + 1} = ${ARC}.5.${i + 1};FORMAT:UTF8,UTF8:${value}`,
    ),
  },
});

/** In the order of card.md: .1 name to .6 substitute characters in the address. */
const holderEntries = ({
  name,
  nameSubstitutes,
  sex,
  birthDate,
  address,
  addressSubstitutes,
}: OpensslHolder) => [name, nameSubstitutes, sex, birthDate, address, addressSubstitutes];
