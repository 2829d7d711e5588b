/** The CA certificate of a person's certificate, where J-LIS has published it and nobody else has given it. */
import { fromBase64 } from '../bytes.js';
import { type JpkiCertificate, parseCertificate } from './certificate.js';
import { JLIS_TRUST_ANCHORS, type JlisTrustAnchor } from './trust-anchors.js';

/** The anchor of J-LIS that the authority key identifier names: the names of all generations are alike. */
export function namedAnchor({ authorityKeyIdentifier }: JpkiCertificate): JlisTrustAnchor | undefined {
  return JLIS_TRUST_ANCHORS.find(
    ({ subjectKeyIdentifier }) => subjectKeyIdentifier === authorityKeyIdentifier,
  );
}

/** The certificate of that anchor. It is named, not proved: only the CA's key shows that it issued the certificate. */
export async function publishedIssuer(certificate: JpkiCertificate): Promise<JpkiCertificate | undefined> {
  const anchor = namedAnchor(certificate);
  if (anchor === undefined) return undefined;
  const { JLIS_CA_CERTIFICATES } = await import('./jlis-ca.js');
  const der = fromBase64(JLIS_CA_CERTIFICATES[anchor.name] ?? '');
  return der && parseCertificate(der);
}
