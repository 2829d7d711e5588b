/** Everything the library says to people, in English. `ja.ts` has the same entries; the compiler misses none. */
export const en = {
  /** `errors.ts` and `arguments.ts`. */
  error: {},
  argument: {},

  /** `transport/`. */
  reader: {},

  /** `iso7816/`. */
  apdu: {},

  /** `jpki/`. */
  pin: {},
  card: {},

  /** `certificate/`. */
  certificate: {
    unreadable: (reason: string) => `The certificate cannot be read: ${reason}.`,
    aCertificate: 'a JpkiCertificate',
    aName: 'a DistinguishedName',
    aFingerprint: 'a fingerprint of 64 hexadecimal digits',
    era: { meiji: 'Meiji', taisho: 'Taisho', showa: 'Showa', heisei: 'Heisei', reiwa: 'Reiwa' },
    /** What a verdict finds wrong, by its code; without the full stop, because a detail may follow. */
    finding: {
      CERTIFICATE_EXPIRED: 'The certificate has expired',
      CERTIFICATE_NOT_YET_VALID: 'The certificate is not valid yet',
      CERTIFICATE_IS_CA: 'The certificate is that of a CA, not of a person',
      CERTIFICATE_KEY_USAGE: 'The key usage is not that of a certificate for this purpose',
      CERTIFICATE_POLICY: 'The policy is not that of a certificate for this purpose',
      CERTIFICATE_KEY: 'The public key is not an RSA key of 2048 to 4096 bits with exponent 65537',
      CERTIFICATE_ALGORITHM: 'The certificate is signed with another algorithm than sha256WithRSAEncryption',
      CERTIFICATE_CRITICAL_EXTENSION: 'The certificate has a critical extension that is not known here',
      CERTIFICATE_SIGNATURE:
        'The signature on the certificate was not made with the key of the CA certificate given: that is of another generation, or the certificate is forged or changed',
      ISSUER_MISSING:
        "The issuer's CA certificate was not given, so nothing about the origin could be checked",
      ISSUER_NAME: 'The CA certificate is that of another issuer than the one the certificate names',
      ISSUER_NOT_ANCHORED: 'The CA certificate is none of the trust anchors',
      ISSUER_OTHER_PURPOSE: 'The CA certificate is a trust anchor for the other purpose only',
      ISSUER_NOT_CA: "The issuer's certificate is not that of a CA",
      ISSUER_KEY_USAGE: "The issuer's certificate does not allow its key to sign certificates",
      ISSUER_EXPIRED: 'The CA certificate has expired',
      ISSUER_NOT_YET_VALID: 'The CA certificate is not valid yet',
      ISSUER_KEY: "The CA's public key is not an RSA key of 2048 to 4096 bits with exponent 65537",
      ISSUER_CRITICAL_EXTENSION: 'The CA certificate has a critical extension that is not known here',
    },
    /** A finding as a sentence. */
    remark: (text: string, detail: string | undefined) =>
      detail === undefined ? `${text}.` : `${text} (${detail}).`,
    verdict: {
      untrusted: (findings: readonly { readonly en: string; readonly ja: string }[]) =>
        ['Do not believe this certificate.', ...findings.map(({ en }) => en)].join(' '),
      byJlis: (anchor: string, at: string) => `Issued by J-LIS (${anchor}), and within its dates at ${at}.`,
      byAnother: (anchor: string, at: string) =>
        `Issued under the trust anchor "${anchor}", which is not J-LIS's, and within its dates at ${at}.`,
      /** Behind the other two. */
      and: (said: string, notChecked: string) => `${said} ${notChecked}`,
      revocationNotChecked:
        'Whether it has been revoked was not checked: only accredited verifiers can ask J-LIS for that (Article 17 of the Act on public personal authentication).',
    },
  },

  /** `signature/`. */
  signature: {
    noSignedData: (reason: string) => `The bytes are no CMS SignedData: ${reason}.`,
    noSignedDataRemedy: 'Check that this is the signature file, whole, and in DER or BER (not PEM).',
    doesNotFit: "The card's signature does not fit its certificate; nothing was handed out.",
    cms: {
      aSigningTime: 'a Date of the years 0 to 9999',
      aDigest: (hash: string, length: number) => `the ${length} bytes of a ${hash} digest`,
      detachedOnly:
        'A stream or a digest can only be signed detached: set { detached: true }, or give the content as one Uint8Array.',
      /** What a verdict on a message finds wrong or worth knowing, by its code; see `certificate.remark`. */
      finding: {
        NO_SIGNERS: 'Nobody has signed the message',
        CONTENT_MISSING: 'The signature is detached, and the content was not given',
        CONTENT_GIVEN_TWICE:
          'The message has its own content, and another was given: check it without one and take the content it has',
        CONTENT_TYPE: 'What was signed is no plain data but of another content type',
        CONTENT_NOT_WHOLE:
          'A signature without signed attributes can only be checked with the content given as one Uint8Array',
        CONTENT_IS_ATTRIBUTES: 'What passes for the content may be the signed attributes of another message',
        DIGEST_ALGORITHM: 'The hash is not SHA-256, SHA-384 or SHA-512',
        SIGNATURE_ALGORITHM: 'The signature algorithm is not RSASSA-PKCS1-v1_5',
        ALGORITHM_MISMATCH: 'The signature algorithm names another hash than the digest algorithm',
        CONTENT_TYPE_ATTRIBUTE:
          'The signed attributes do not name the content type exactly once as the message does',
        MESSAGE_DIGEST_MISSING: 'The signed attributes have no message digest',
        MESSAGE_DIGEST_REPEATED: 'The signed attributes have more than one message digest',
        MESSAGE_DIGEST_LENGTH: 'The message digest is that of another hash',
        MESSAGE_DIGEST: 'The content is not what was signed: its hash differs from the message digest',
        ATTRIBUTE_REPEATED: 'A signed attribute that must have one value has several or none',
        ATTRIBUTE_MALFORMED: 'A signed attribute cannot be read',
        SIGNING_CERTIFICATE: 'The signature was made for another certificate than the one in the message',
        SIGNER_CERTIFICATE_MISSING: "The signer's certificate is not in the message",
        SIGNER_CERTIFICATE_AMBIGUOUS: "Several certificates in the message pass for the signer's",
        SIGNATURE:
          "The signature was not made with the certificate's key, or what it was made over was changed",
        SIGNED_ATTRIBUTES_ABSENT: 'There are no signed attributes, so nothing says when it was signed',
        SIGNING_CERTIFICATE_ABSENT:
          'The signature does not name its certificate by fingerprint (signingCertificateV2)',
      },
    },
    jws: {
      aPayload: 'a Uint8Array, a string, or an object',
      reserved: (parameter: string) => `header.${parameter} cannot be set.`,
      noJson: 'The payload or header is no JSON.',
    },
    login: {
      seconds: 'a number of seconds, 0 or more',
      tooLong: 'audience and nonce are too long for a login token.',
      /** What a verdict on a token finds wrong, by its code. */
      finding: {
        TOKEN_MALFORMED:
          'The token is no compact JWS with a JSON header and JSON claims, or is longer than 16384 characters.',
        TOKEN_REPEATED_NAME: 'The header or the claims have one name twice.',
        TOKEN_ALGORITHM: 'The algorithm is not RS256, RS384 or RS512.',
        TOKEN_TYPE: 'The token is not of the type for logging in (jpki-login+jwt).',
        TOKEN_HEADER: 'The header has parameters other than alg, typ and x5c.',
        TOKEN_CERTIFICATES:
          "The header does not hold exactly two certificates (x5c): the holder's and its CA's.",
        TOKEN_AUDIENCE: 'The token is for somebody else.',
        TOKEN_NONCE: 'The token answers another challenge.',
        TOKEN_TIMES: 'The token does not say in whole seconds when it was made and when it expires.',
        TOKEN_NOT_YET_VALID: 'The token was made in the future: one of the two clocks is wrong.',
        TOKEN_EXPIRED: 'The token has expired.',
        TOKEN_TOO_OLD: 'The token is older than the server accepts.',
        TOKEN_SIGNATURE: "The signature was not made with the certificate's key, or the token was changed.",
      },
    },
  },

  /** `recovery/`. */
  recovery: {},

  /** `transcript/`. */
  transcript: {
    /** Of a replay. */
    ended: (sent: string) => `The transcript has ended, but the program went on: ${sent}`,
    mismatch: (line: number, expected: string, sent: string) =>
      `Line ${line} of the transcript has: ${expected} The program did: ${sent}`,
    mismatchRemedy:
      'Run the program that the transcript was recorded with, or record it again with this one.',
  },

  /** `virtual/`. */
  virtual: {
    /** What issuing takes. */
    certificateDate: 'a Date of the years 1950 to 9999',
    birthDate: 'a birth date written EYYYYMMDD, an era digit and eight digits',
    substitutes: 'digits 0 and 1, one a character',
    pin: 'a string of 1 to 16 bytes in UTF-8',
    /** A quirk. */
    statusWord: (first: string, last: string, others: readonly string[]) =>
      `a status word from ${first} to ${last}${others.map((one) => `, or ${one}`).join('')}`,
    fileName: 'an application and a file, as in "jpki/0008"',
    noSuchQuirk: 'left out: there is no such quirk',
    /** The virtual reader. */
    tooLong: (length: number) => `The virtual card answered ${length} bytes; at most 65535 can be sent.`,
    notServed: (host: string, port: number) => `No virtual reader takes a card at ${host}:${port}.`,
    notServedRemedy:
      'Install the virtual reader and the PC/SC service ("sudo apt-get install vsmartcard-vpcd pcscd"), then start the service: "sudo systemctl start pcscd", or "sudo pcscd" where there is no systemd.',
    slotBusy: (host: string, port: number) => `The virtual reader at ${host}:${port} does not take the card.`,
    slotBusyRemedy: (otherPort: number) =>
      `Another virtual card may be in it: end that program, or use the other slot (port ${otherPort}).`,
  },
};

/** What a catalogue of another language must have. */
export type Texts = typeof en;
