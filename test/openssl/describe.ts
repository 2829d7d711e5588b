import { writeFileSync } from 'node:fs';
import { openssl, withFolder } from './openssl.js';

/** What `openssl x509` prints of a certificate, field by field. */
export function describeWithOpenssl(der: Uint8Array) {
  return withFolder((path) => {
    writeFileSync(path('certificate.der'), der);
    const args = ['x509', '-inform', 'DER', '-in', path('certificate.der'), '-noout'];
    const names = ['-nameopt', 'utf8,sep_comma_plus_space,esc_2253,esc_ctrl,sname'];
    const dates = ['-startdate', '-enddate', '-dateopt', 'iso_8601'];
    const others = ['-serial', '-pubkey', '-fingerprint', '-sha256'];
    const text = openssl([...args, '-text', ...names, ...dates, ...others]).toString();
    const line = (pattern: RegExp): string | undefined => pattern.exec(text)?.[1]?.trim();
    const extension = (title: string): string | undefined =>
      line(new RegExp(`X509v3 ${title}:[^\\n]*\\n *([^\\n]*)\\n`));
    const hex = (value: string | undefined): string | undefined =>
      value?.replace(/^.*=|^keyid|:/g, '').toLowerCase();
    const alternative = extension('Subject Alternative Name') ?? '';
    return {
      subject: line(/Subject: *(.*)/),
      issuer: line(/Issuer: *(.*)/),
      serialNumber: hex(line(/^(serial=.*)/m)),
      notBefore: line(/^notBefore=(.*)/m),
      notAfter: line(/^notAfter=(.*)/m),
      signatureAlgorithm: line(/Signature Algorithm: *(.*)/),
      keyBits: line(/Public-Key: \((\d+) bit\)/),
      exponent: line(/Exponent: (\d+)/),
      publicKey: line(/-----BEGIN PUBLIC KEY-----([^-]*)-----END/)?.replace(/\s/g, ''),
      keyUsage: extension('Key Usage'),
      policy: line(/Policy: (.*)/),
      isCa: extension('Basic Constraints')?.startsWith('CA:TRUE') ?? false,
      subjectKeyIdentifier: hex(extension('Subject Key Identifier')),
      authorityKeyIdentifier: hex(extension('Authority Key Identifier')),
      otherNames: Object.fromEntries(
        [...alternative.matchAll(/othername: ?([\d.]+)::?(.*?)(?=, othername:|$)/g)].map(([, oid, value]) => [
          oid,
          value,
        ]),
      ),
      fingerprintSha256: hex(line(/^(sha256 Fingerprint=.*)/im)),
    };
  });
}
