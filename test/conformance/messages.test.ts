/** Messages as openssl makes them: every way to hold the content, to name the signer, to hash, and to carry certificates. */
import { expect, it } from 'vitest';
import { JpkiCertificate } from '../../src/certificate/index.js';
import type { VerifyCmsOptions } from '../../src/signature/cms.js';
import { VirtualCard } from '../../src/virtual/index.js';
import { skipWithoutOpenssl } from '../openssl/openssl.js';
import {
  anchors,
  authority,
  CONTENT,
  codes,
  flipped,
  signerOf,
  verifyBothWays,
} from '../signature/support.js';
import { signedByOpenssl } from './openssl-cms.js';

/** RFC 5652 section 5.2: with the content, without it, and made in one pass, with indefinite lengths. */
const CONTENTS = { attached: ['-nodetach'], detached: [], streamed: ['-nodetach', '-stream'] };

/** Section 5.3: what is signed beside the content; the notes that our verdict has of it. */
const ATTRIBUTES: Readonly<Record<string, { options: readonly string[]; notes: readonly string[] }>> = {
  attributes: { options: [], notes: ['SIGNING_CERTIFICATE_ABSENT'] },
  'attributes without capabilities': { options: ['-nosmimecap'], notes: ['SIGNING_CERTIFICATE_ABSENT'] },
  'the attributes of CAdES': { options: ['-cades'], notes: [] },
  'no attributes': { options: ['-noattr'], notes: ['SIGNED_ATTRIBUTES_ABSENT'] },
};

/** Section 5.3: issuer and serial number (version 1), or key identifier (version 3). */
const NAMES = { 'issuer and number': [], 'key identifier': ['-keyid'] };
const HASHES = ['sha256', 'sha384', 'sha512'];
const CERTIFICATES = { 'with its CA': true, 'without its CA': false };

const issuers = [JpkiCertificate.parse(authority.sign.certificate)];

const cases = Object.entries(CONTENTS).flatMap(([held, heldOptions]) =>
  Object.entries(ATTRIBUTES).flatMap(([signed, { options, notes }]) =>
    Object.entries(NAMES).flatMap(([named, namedOptions]) =>
      HASHES.flatMap((hash) =>
        Object.entries(CERTIFICATES).map(([carried, ca]) => ({
          name: `${held}, ${signed}, ${named}, ${hash}, ${carried}`,
          message: { options: [...heldOptions, ...options, ...namedOptions, '-md', hash], ca },
          held,
          notes,
        })),
      ),
    ),
  ),
);

it.skipIf(skipWithoutOpenssl).each(cases)('$name', async ({ message, held, notes }) => {
  const cms = signedByOpenssl(message);
  const judge = (options: VerifyCmsOptions) =>
    verifyBothWays(cms, { ...(held === 'detached' && { content: CONTENT }), ...options });
  const good = await judge({ anchors, issuers });
  expect(codes(good)).toEqual([]);
  expect(good.valid).toBe(true);
  expect(good.notes.map(({ code }) => code)).toEqual(notes);
  // RFC 5652 section 5.1: nothing obliges a message to bring its CA along.
  expect(codes(await judge({ anchors }))).toEqual(message.ca ? [] : ['ISSUER_MISSING']);
  expect(codes(await judge({ anchors: [], issuers }))).toEqual(['ISSUER_NOT_ANCHORED']);
  if (held !== 'detached') return;
  const other = await judge({ anchors, issuers, content: flipped(CONTENT, 0) });
  // Section 5.4: the hash is among the attributes, or what is signed itself.
  expect(codes(other)).toEqual([notes.includes('SIGNED_ATTRIBUTES_ABSENT') ? 'SIGNATURE' : 'MESSAGE_DIGEST']);
});

it.skipIf(skipWithoutOpenssl)('two signers, of whom each has to be good', async () => {
  const other = signerOf('sign', await VirtualCard.issue({ authority }));
  const both = signedByOpenssl({ signers: [signerOf('sign'), other] });
  expect(await verifyBothWays(both, { anchors })).toMatchObject({ valid: true, signers: [{}, {}] });
  const withAuth = signedByOpenssl({ signers: [signerOf('sign'), signerOf('auth')] });
  const verdict = await verifyBothWays(withAuth, { anchors, issuers });
  expect(verdict.signers.map(({ valid }) => valid).sort()).toEqual([false, true]);
  expect(codes(verdict)).toContain('ISSUER_OTHER_PURPOSE');
});

it.skipIf(skipWithoutOpenssl).each([
  ['SHA-1', ['-md', 'sha1'], 'DIGEST_ALGORITHM'],
  ['SHA-224', ['-md', 'sha224'], 'DIGEST_ALGORITHM'],
  ['SHA-512/256', ['-md', 'sha512-256'], 'DIGEST_ALGORITHM'],
  ['SHA3-256', ['-md', 'sha3-256'], 'DIGEST_ALGORITHM'],
  ['RSASSA-PSS', ['-keyopt', 'rsa_padding_mode:pss'], 'SIGNATURE_ALGORITHM'],
  ['another content type', ['-econtent_type', 'pkcs7-signedData'], 'CONTENT_TYPE'],
  ['no certificates', ['-nocerts'], 'SIGNER_CERTIFICATE_MISSING'],
])('%s is not accepted', async (_name, options, code) => {
  const verdict = await verifyBothWays(signedByOpenssl({ options: ['-nodetach', ...options] }), { anchors });
  expect(verdict.valid).toBe(false);
  expect(codes(verdict)).toContain(code);
});
