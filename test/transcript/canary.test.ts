import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { JpkiError } from '../../src/errors.js';
import { JpkiApplet, readOtherPinCounters } from '../../src/jpki/index.js';
import type { Redaction } from '../../src/transcript/index.js';
import { recordTranscript, replayTranscript } from '../../src/transcript/index.js';
import type { CardConnection } from '../../src/transport/connection.js';
import { VirtualCard, type VirtualCardOptions, type VirtualCardQuirks } from '../../src/virtual/index.js';
import { findSecret } from '../support/canary.js';

const randomOf = (length: number, character: () => string): string =>
  Array.from({ length }, character).join('');
const below = (limit: number): number => (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) % limit;
const from = (alphabet: string) => (): string => alphabet[below(alphabet.length)] ?? '';
const kanji = (): string => String.fromCodePoint(0x4e00 + below(0x5000));
const digits = (length: number): string => randomOf(length, from('0123456789'));
const two = (number: number): string => String(number).padStart(2, '0');

interface Person {
  readonly options: VirtualCardOptions;
  readonly pins: Readonly<Record<'auth' | 'sign' | 'nextAuth' | 'wrongAuth', string>>;
  readonly secrets: Readonly<Record<string, string>>;
}

/** Somebody who does not exist: each time another. */
function randomPerson(): Person {
  const [family, given, town] = [randomOf(3, kanji), randomOf(3, kanji), randomOf(4, kanji)];
  const [year, month, day] = [1930 + below(70), 1 + below(12), 1 + below(28)];
  const prefecture = `K${randomOf(9, from('abcdefghijklmnopqrstuvwxyz'))}-ken`;
  const municipality = `M${randomOf(9, from('abcdefghijklmnopqrstuvwxyz'))}-shi`;
  const house = `${1 + below(9)}-${10 + below(90)}-${100 + below(900)}`;
  const date = `${year}${two(month)}${two(day)}`;
  const address = `${town}${house}𠮷${randomOf(3, kanji)}`;
  const name = `${family}\u3000${given}`;
  // Four digits that no status word has, nor the times that stand in for those of a validity.
  const four = (first: string): string => `${first}${from('6789')()}${digits(2)}`;
  const pins = {
    auth: four('4'),
    nextAuth: four('8'),
    wrongAuth: four('7'),
    sign: `K${randomOf(11, from('ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'))}7`,
  };
  const isFemale = below(2) === 1;
  return {
    options: {
      holder: { name, address, sex: isFemale ? 'female' : 'male', birthDate: `3${date}` },
      prefecture,
      municipality,
      pins: { auth: pins.auth, sign: pins.sign },
    },
    pins,
    secrets: {
      name,
      family,
      given,
      address,
      town,
      house,
      prefecture,
      municipality,
      'birth date': date,
      'birth date with hyphens': `${year}-${two(month)}-${two(day)}`,
      birthday: `${two(month)}${two(day)}145959Z`,
    },
  };
}

/** Everything a program does with a card, and a little more; nothing that fails is in the way of the rest. */
async function use(connection: CardConnection, { pins }: Person): Promise<unknown[]> {
  const results: unknown[] = [];
  const keep = async (work: () => Promise<unknown>): Promise<void> => {
    results.push(await work().catch((error: unknown) => (error instanceof JpkiError ? error.code : error)));
  };
  await keep(() => readOtherPinCounters(connection));
  const applet = await JpkiApplet.select(connection);
  await keep(() => applet.readStatus());
  await keep(() => applet.readCertificateAvailability());
  await keep(() => applet.readCertificateDer('sign'));
  await keep(() => applet.verifyPin('auth', pins.wrongAuth));
  await keep(() => applet.verifyPin('auth', pins.auth));
  await keep(() => applet.verifyPin('sign', pins.sign));
  await keep(() => applet.changePin('auth', pins.auth, pins.nextAuth));
  for (const file of ['auth', 'sign', 'auth-ca', 'sign-ca'] as const)
    await keep(() => applet.readCertificateDer(file));
  await keep(() => applet.sign('auth', new TextEncoder().encode('signed by the authentication key')));
  await keep(() => applet.sign('sign', new TextEncoder().encode('signed by the signature key')));
  // As other programs read: four bytes for the length, then pieces of their own size, some of them twice.
  for (const command of [
    '00a4020c020001',
    '00b0000004',
    '00b0000000',
    '00b00080e7',
    '00b0003300',
    '00b00000000800',
  ]) {
    await keep(() => connection.transmit(new Uint8Array(Buffer.from(command, 'hex'))));
  }
  await applet.close();
  return results;
}

/** What a certificate holds that is nobody else's. */
function secretsOf(der: Uint8Array): Record<string, string> {
  const { serialNumber, publicKey, subject, raw } = new X509Certificate(der);
  const modulus = Buffer.from(publicKey.export({ format: 'jwk' }).n ?? '', 'base64url').toString('hex');
  return {
    'issue number': /CN=(\w+)/.exec(subject)?.[1] ?? '',
    'serial number': serialNumber,
    'decimal serial number': BigInt(`0x${serialNumber}`).toString(),
    'start of the modulus': modulus.slice(0, 16),
    'end of the modulus': modulus.slice(-16),
    'end of the signature': raw.toString('hex').slice(-16),
  };
}

/** The text, and what a reader of it could put together from the pieces: all data sent, and all received. */
function haystackOf(text: string): string {
  const joined = (sign: string, cut: RegExp): string =>
    (text.match(new RegExp(`^${sign} .*$`, 'gm')) ?? [])
      .map((line) => line.slice(2).replace(cut, ''))
      .join('');
  return [text, joined('<', / ?[0-9A-F]{4}$/), joined('>', /^[0-9A-F]{10}/)].join('\n');
}

/** Names of the secrets that are found. */
const foundIn = (text: string, secrets: Readonly<Record<string, string>>): string[] =>
  Object.entries(secrets).flatMap(([name, secret]) => {
    expect(secret.length, name).toBeGreaterThan(1);
    const haystack = haystackOf(text);
    const isHex = /modulus|signature|serial/.test(name) && !name.startsWith('decimal');
    const found = isHex && haystack.toLowerCase().includes(secret.toLowerCase()) ? ['bytes'] : [];
    return [...found, ...findSecret(haystack, secret)].length > 0 ? [name] : [];
  });

const QUIRKS: Partial<VirtualCardQuirks>[] = [
  {},
  { getResponse: true, maxRead: 77 },
  { shortIds: 0x6a86, endOfFile: 0x6c, extendedLength: false },
];

test('a recording names nobody, in any spelling, and replays', async () => {
  for (const quirks of QUIRKS) {
    const person = randomPerson();
    const card = VirtualCard.fromJSON({ ...(await VirtualCard.issue(person.options)).toJSON(), quirks });
    const recordOne = async (redact: Redaction | undefined) => {
      const copy = VirtualCard.fromJSON(card.toJSON());
      const recording = recordTranscript(copy.connect(), redact === undefined ? {} : { redact });
      return { results: await use(recording, person), text: recording.text() };
    };
    const plain = await recordOne('none');
    const [, , , , , , , , auth, sign] = plain.results;
    if (!(auth instanceof Uint8Array) || !(sign instanceof Uint8Array))
      throw new Error('no certificates read');
    const personal = { ...person.secrets, ...secretsOf(sign) };
    const names = Object.keys(personal);
    const [authSignature, signSignature] = plain.results
      .slice(12, 14)
      .map((value) => Buffer.from(value as Uint8Array).toString('hex'));
    const alsoPersonal = {
      ...secretsOf(auth),
      'a signature by the authentication key': authSignature?.slice(0, 20) ?? '',
      'a signature by the signature key': signSignature?.slice(-20) ?? '',
    };

    // The search finds what is there. A decimal number and a date with hyphens are spellings of no recording's own.
    const absent = ['decimal serial number', 'birth date with hyphens'];
    expect(foundIn(plain.text, personal)).toEqual(names.filter((name) => !absent.includes(name)));
    expect(foundIn(plain.text, alsoPersonal)).toEqual(
      Object.keys(alsoPersonal).filter((name) => !absent.includes(name)),
    );
    expect(foundIn(`${plain.text}# ${personal['decimal serial number']}`, personal)).toContain(
      'decimal serial number',
    );

    const { text, results } = await recordOne(undefined);
    expect(foundIn(text, personal)).toEqual([]);
    expect(foundIn(text, alsoPersonal)).toEqual([]);
    expect(foundIn(text, person.pins)).toEqual([]);
    expect(foundIn(`${text}# ${person.pins.auth}`, person.pins)).toEqual(['auth']);
    // Not the short ones: an issue number is full of digits.
    expect(foundIn(plain.text, { sign: person.pins.sign })).toEqual([]);

    const replayed = await use(replayTranscript(text), person);
    expect(replayed.map((value) => (value instanceof Uint8Array ? value.length : value))).toEqual(
      results.map((value) => (value instanceof Uint8Array ? value.length : value)),
    );
    for (const der of replayed.slice(8, 12) as Uint8Array[]) {
      expect(new X509Certificate(der).publicKey.asymmetricKeyType).toBe('rsa');
    }
  }
});
