import { writeFileSync } from 'node:fs';
import { openssl, withFolder } from './openssl.js';

export interface OpensslCertificate {
  /** `YYYYMMDDHHMMSSZ` */
  readonly startdate: string;
  readonly enddate: string;
  /** Hexadecimal. */
  readonly serial: string;
  /** Lines of a distinguished name section: `0.L = Kakuu-ken`. */
  readonly subject: readonly string[];
  /** Lines of an extension section. */
  readonly extensions: readonly string[];
  /** Further sections the extensions point to. */
  readonly sections: Readonly<Record<string, readonly string[]>>;
}

/** Made once: a new key for every certificate would show nothing more. */
const keys = new Map<string, Buffer>();
function privateKey(name: string): Buffer {
  const key = keys.get(name) ?? openssl(['genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048']);
  keys.set(name, key);
  return key;
}

type PathTo = (name: string) => string;

/** A CA and a certificate of it made by openssl alone, as DER. */
export function issueWithOpenssl(
  ca: OpensslCertificate,
  leaf: OpensslCertificate,
): { ca: Uint8Array; leaf: Uint8Array } {
  return withFolder((path) => {
    const der = (name: string) => new Uint8Array(openssl(['x509', '-in', path(name), '-outform', 'DER']));
    issue(path, 'ca', ca);
    issue(path, 'leaf', leaf);
    return { ca: der('ca.pem'), leaf: der('leaf.pem') };
  });
}

function issue(path: PathTo, name: 'ca' | 'leaf', certificate: OpensslCertificate): void {
  const configuration = path(`${name}.cnf`);
  const request = path(`${name}.csr`);
  writeFileSync(configuration, configurationText(path, certificate));
  writeFileSync(path('index'), '');
  writeFileSync(path('serial'), `${certificate.serial}\n`);
  writeFileSync(path(`${name}.key`), privateKey(name));
  openssl(['req', '-new', '-config', configuration, '-utf8', '-key', path(`${name}.key`), '-out', request]);

  const signer = name === 'ca' ? ['-selfsign'] : ['-cert', path('ca.pem')];
  const dates = ['-startdate', certificate.startdate, '-enddate', certificate.enddate];
  const files = ['-keyfile', path('ca.key'), '-in', request, '-out', path(`${name}.pem`)];
  openssl(['ca', '-config', configuration, '-batch', '-notext', ...signer, ...dates, ...files]);
}

function configurationText(path: PathTo, { subject, extensions, sections }: OpensslCertificate): string {
  const attributes = [
    'countryName',
    'organizationName',
    'organizationalUnitName',
    'localityName',
    'commonName',
  ];
  const all: Readonly<Record<string, readonly string[]>> = {
    req: ['prompt = no', 'distinguished_name = dn', 'string_mask = utf8only'],
    ca: ['default_ca = office'],
    office: [
      `database = ${path('index')}`,
      `serial = ${path('serial')}`,
      `new_certs_dir = ${path('.')}`,
      'default_md = sha256',
      'policy = any',
      'unique_subject = no',
      'x509_extensions = ext',
      'preserve = yes',
    ],
    any: attributes.map((attribute) => `${attribute} = optional`),
    dn: subject,
    ext: extensions,
    ...sections,
  };
  return Object.entries(all)
    .map(([title, lines]) => `[${title}]\n${lines.join('\n')}\n`)
    .join('\n');
}
