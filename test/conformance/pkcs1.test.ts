/**
 * Signatures whose block is not that of RFC 8017 section 9.2, made with the true key: who looks into the block in place of
 * comparing it whole takes some of them, and with a small exponent anybody can make those (CVE-2006-4339 and its like).
 */
import { constants, createHash, createPrivateKey, privateEncrypt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { JpkiCertificate, verifyCertificate } from '../../src/certificate/index.js';
import { verifyCms } from '../../src/signature/cms.js';
import { verifyLoginToken } from '../../src/signature/index.js';
import { base64url, claims, EXPECTED, header } from '../signature/login-support.js';
import { anchors, authority, codes, craftCms, signerOf } from '../signature/support.js';

const LENGTH = 256;
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const sha256 = (data: Uint8Array): Buffer => createHash('sha256').update(data).digest();

/** RFC 8017 section 9.2, note 1. */
const PREFIX = hex('30 31 30 0d 06 09 60 86 48 01 65 03 04 02 01 05 00 04 20');

/** `padded` fills up to the length of the key between what is in front and what is behind. */
function block(front: string, behind: Buffer, { fill = 0xff, after = Buffer.alloc(0) } = {}): Buffer {
  const start = hex(front);
  const padding = Buffer.alloc(LENGTH - start.length - 1 - behind.length - after.length, fill);
  return Buffer.concat([start, padding, Buffer.of(0), behind, after]);
}

type Make = (hash: Buffer) => Buffer;
const withInfo =
  (prefix: string): Make =>
  (hash) =>
    block('00 01', Buffer.concat([hex(prefix), hash]));
const good: Make = (hash) => block('00 01', Buffer.concat([PREFIX, hash]));
/** Eight bytes of padding, the least there may be, and the rest behind the hash. */
const garbage = (hash: Buffer, prefix = PREFIX): Buffer => {
  const head = Buffer.concat([hex('00 01 ff ff ff ff ff ff ff ff 00'), prefix, hash]);
  return Buffer.concat([head, Buffer.alloc(LENGTH - head.length, 0x5a)]);
};

const FORGERIES: readonly (readonly [name: string, make: Make])[] = [
  ['block type 2', (hash) => block('00 02', Buffer.concat([PREFIX, hash]))],
  ['block type 0', (hash) => block('00 00', Buffer.concat([PREFIX, hash]), { fill: 0 })],
  ['a padding of other bytes', (hash) => block('00 01', Buffer.concat([PREFIX, hash]), { fill: 0xfe })],
  ['one byte of the padding changed', (hash) => Object.assign(good(hash), { 100: 0xfe })],
  ['no zero behind the padding', (hash) => Object.assign(good(hash), { [LENGTH - 52]: 0xff })],
  ['bytes behind the hash', (hash) => garbage(hash)],
  [
    'bytes behind the hash, with a length that covers them',
    (hash) => garbage(hash, hex('30 81 f2 30 0d 06 09 60 86 48 01 65 03 04 02 01 05 00 04 20')),
  ],
  [
    'one byte behind the hash',
    (hash) => block('00 01', Buffer.concat([PREFIX, hash]), { after: Buffer.of(0) }),
  ],
  [
    'bytes in the parameters',
    withInfo('30 35 30 11 06 09 60 86 48 01 65 03 04 02 01 05 04 5a 5a 5a 5a 04 20'),
  ],
  ['no parameters', withInfo('30 2f 30 0b 06 09 60 86 48 01 65 03 04 02 01 04 20')],
  ['a long form of the length', withInfo('30 81 31 30 0d 06 09 60 86 48 01 65 03 04 02 01 05 00 04 20')],
  [
    'a long form of the length of the hash',
    withInfo('30 32 30 0d 06 09 60 86 48 01 65 03 04 02 01 05 00 04 81 20'),
  ],
  ['the name of SHA-384', withInfo('30 31 30 0d 06 09 60 86 48 01 65 03 04 02 02 05 00 04 20')],
  ['the name of SHA3-256', withInfo('30 31 30 0d 06 09 60 86 48 01 65 03 04 02 08 05 00 04 20')],
  ['no DigestInfo', (hash) => block('00 01', hash)],
  [
    'a hash that is cut',
    (hash) =>
      block(
        '00 01',
        Buffer.concat([
          hex('30 30 30 0d 06 09 60 86 48 01 65 03 04 02 01 05 00 04 1f'),
          hash.subarray(0, 31),
        ]),
      ),
  ],
  ['another hash', (hash) => good(sha256(hash))],
];

/** RSA over the block as it is. */
function signed(privateKey: Uint8Array, make: Make, data: Uint8Array): Uint8Array {
  const key = createPrivateKey({ key: Buffer.from(privateKey), format: 'der', type: 'pkcs8' });
  return new Uint8Array(privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, make(sha256(data))));
}

/** A certificate: header, what is signed, the algorithm, and the signature at the end. */
async function certificate(make: Make): Promise<string[]> {
  const der = Buffer.from(signerOf('sign').certificate);
  const tbs = der.subarray(4, 8 + der.readUInt16BE(6));
  const forged = Buffer.concat([der.subarray(0, -LENGTH), signed(authority.sign.privateKey, make, tbs)]);
  const issuer = JpkiCertificate.parse(authority.sign.certificate);
  const verdict = await verifyCertificate(JpkiCertificate.parse(forged), {
    purpose: 'sign',
    issuer,
    anchors,
  });
  return codes(verdict);
}

async function message(make: Make): Promise<string[]> {
  const sign = async (data: Uint8Array) => signed(signerOf('sign').privateKey, make, data);
  return codes(await verifyCms(await craftCms({ signers: [{ sign }] }), { anchors }));
}

async function login(make: Make): Promise<string[]> {
  const input = `${base64url(JSON.stringify(header()))}.${base64url(JSON.stringify(claims()))}`;
  const signature = signed(signerOf('auth').privateKey, make, Buffer.from(input));
  return codes(await verifyLoginToken(`${input}.${base64url(signature)}`, EXPECTED));
}

describe.each([
  ['a certificate', certificate, ['CERTIFICATE_SIGNATURE']],
  ['a CMS message', message, ['SIGNATURE']],
  ['a login token', login, ['TOKEN_SIGNATURE']],
] as const)('the signature of %s', (_what, judge, refused) => {
  it('is good with the block of the standard', async () => {
    expect(await judge(good)).toEqual([]);
  });

  it.each(FORGERIES)('is refused with %s', async (_name, make) => {
    expect(await judge(make)).toEqual(refused);
  });
});
