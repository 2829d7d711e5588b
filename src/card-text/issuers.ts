/** The keys that certify the signers of the text on cards. */
import { bytesFrom, fieldsOf, listOf, oneOf, required } from '../arguments.js';
import { concatBytes, fromHex } from '../bytes.js';
import { KEY_ID_LENGTH } from '../jpki/files.js';

/** A key that certificates of the text (file 0004) are signed with: RSA-2048, exponent 65537. */
export interface CardTextIssuer {
  /** 16 bytes that name the key: seven digits, 08 05, three digits, four zeros. */
  readonly keyId: Uint8Array;
  /** Big-endian, 256 bytes. */
  readonly modulus: Uint8Array;
  /** Of real cards, or of the JPKI-TEST cards that their issuer makes for tests. Default `production`. */
  readonly hierarchy?: 'production' | 'test' | undefined;
}

export const checkIssuers = listOf(
  fieldsOf<CardTextIssuer>({
    keyId: required(bytesFrom(KEY_ID_LENGTH, KEY_ID_LENGTH)),
    modulus: required(bytesFrom(256, 256)),
    hierarchy: oneOf('production', 'test'),
  }),
);

/**
 * The two keys as one peer publishes them [myna-card ca.rs]. Their owner publishes none, and no second source confirms them:
 * a verdict that rests on them is "as published by myna-card", and no more.
 */
export const PUBLISHED_TEXT_ISSUERS: readonly CardTextIssuer[] = /* @__PURE__ */ published();

function published(): CardTextIssuer[] {
  return [
    {
      keyId: keyId('5000033'),
      hierarchy: 'production',
      modulus: modulus(`
        d24615f63525e740c87e83ed64787e76 d10a1f8652ebe1ea28934d35ce3bf077
        16f5b79e2bcb2ae2b91b4f4c9ffb6024 97f596d659af9d0a14b45cdd738ef562
        49349b8cc7db32f2d433bd39bcc44f50 3e881d56c149ecd5155c1ce7461fc3ac
        4f55d0a39ccaaadfae5b8afa11ccf91b edc774023d11ca6eba99004f81c541a7
        d67dded8c724d6e20b10a3deaae8c43c 137ccd71b263740e8979752de4d56763
        29cabcbd7f3a77fc48a6f8e61d399b4a c66684a9fdfc99ecef900dd6ff7f0fdd
        39e23d163f8a468c62dbeae00906dfad 5a89b45ca5b7353dc998a80d3803eda7
        94b55f99f535d1c39a243c8352ad602d 926c389d2816c941349ee24e4f41597f`),
    },
    {
      keyId: keyId('6000033'),
      hierarchy: 'test',
      modulus: modulus(`
        b1fe36bd147bf41b2011b9156867c411 8b05ae47d691cdb4a4467f4949afdd71
        e28e12b5c61e68f00b639a6ccbcf4479 8761c7700a81f666c67831433b742a2c
        1126942601e25371b2b93631067d466f 201eaf31393b1bd6a47589fb57b31897
        35a27a24583fde2bf26c2a34d8645fe0 e6e2fe901612cef8c740c228289af6d4
        57aca3b1aa2f9ebb56da3591c30830b8 afe2a1ca99951e670b9e9c0b40ebdbec
        212f9400e5aaf5c2b5107de34ab6bc66 425a86d731a392e81001dea1ce565981
        be158256ae05598a2b8bfb04c1b66ee2 008e019fb1b2ba3785e0ca78ca31ea5f
        09b4d550577dbf12a747abd5e1c450c0 750df965f53ea08bbf12e40a4057c74d`),
    },
  ];
}

function modulus(hex: string): Uint8Array {
  return fromHex(hex) ?? new Uint8Array(0);
}

function keyId(number: string): Uint8Array {
  const ascii = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
  return concatBytes(ascii(number), Uint8Array.of(0x08, 0x05), ascii('001'), new Uint8Array(4));
}
