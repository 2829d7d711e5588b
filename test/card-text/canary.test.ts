/** What the text on a card says of its holder, and what opens it, searched for in everything that comes out of a run. */
import createDebug from 'debug';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CardText, MyNumber } from '../../src/card-text/index.js';
import { hasCheckDigit } from '../../src/japan.js';
import { changeRegistryPin, readCardRecord, verifyRegistryPin } from '../../src/jpki/index.js';
import { type Redaction, recordTranscript, replayTranscript } from '../../src/transcript/index.js';
import { VirtualCard } from '../../src/virtual/index.js';
import { everythingOf, findSecret } from '../support/canary.js';
import { Intercepted } from '../support/connections.js';
import { saved } from '../support/issued.js';

const below = (limit: number): number => (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) % limit;
const digits = (length: number): string => Array.from({ length }, () => below(10)).join('');
const kanji = (length: number): string =>
  Array.from({ length }, () => String.fromCodePoint(0x4e00 + below(0x5000))).join('');
const two = (number: number): string => String(number).padStart(2, '0');

/** Somebody who does not exist, each time another; born in 昭和, so that the era year is the year less 1925. */
function randomPerson() {
  const [year, month, day] = [1930 + below(58), 1 + below(12), 1 + below(28)];
  let myNumber = digits(12);
  while (hasCheckDigit(new TextEncoder().encode(myNumber))) myNumber = digits(12);
  const securityCode = digits(4);
  const holder = {
    name: `${kanji(3)}\u3000${kanji(3)}`,
    address: `${kanji(4)}${digits(5)}${kanji(2)}`,
    sex: 'male',
    birthDate: `3${year}${two(month)}${two(day)}`,
  } as const;
  const numberB = `${year - 1925}${two(month)}${two(day)}2041${securityCode}`;
  const pins = { 'input-support': digits(4), registry: digits(4) };
  return { holder, myNumber, securityCode, municipalityCode: digits(5), numberB, pins, next: digits(4) };
}
type Person = ReturnType<typeof randomPerson>;

const written: string[] = [];
const log = createDebug.log;
beforeEach(() => {
  written.length = 0;
  createDebug.enable('jpki:*');
  createDebug.log = (...parts: unknown[]) => written.push(parts.map(String).join(' '));
});
afterEach(() => {
  createDebug.disable();
  createDebug.log = log;
});

type Fault = 'none' | 'break' | 'rubbish' | 'short';

/** Everything that a program does with the text: what it throws, what is traced and recorded, what the number becomes. */
async function run(person: Person, redact: Redaction, fault: Fault) {
  const { holder, myNumber, numberB, pins, next } = person;
  const { securityCode, municipalityCode } = person;
  const card = await VirtualCard.issue({
    ...{ authority: saved().authority, signatureCertificate: false, holder, myNumber, securityCode, pins },
    ...{ municipalityCode, cardExpiry: '20410101' },
  });
  let reads = 0;
  const faulty = new Intercepted(card.connect(), async (_number, command, pass) => {
    const answer = await pass();
    if (fault === 'none' || command[1] !== 0xb0 || ++reads % 2 === 0) return answer;
    if (fault === 'break') throw new Error('link broken');
    return fault === 'rubbish' ? Uint8Array.of(0x42) : answer.subarray(0, answer.length - 5);
  });
  const connection = recordTranscript(faulty, { redact });
  const outputs: string[] = [];
  const attempt = async (work: () => Promise<unknown>) => {
    await work().catch((error: unknown) => outputs.push(everythingOf(error)));
    outputs.push(everythingOf(connection));
  };
  const text = await CardText.select(connection);
  await attempt(() => text.readAttributes());
  await attempt(() => text.verifyPin(next));
  await attempt(() => text.verifyPin(pins['input-support']));
  await attempt(() => text.verifyCheckNumber('A', myNumber));
  await attempt(() => text.verifyCheckNumber('B', numberB));
  await attempt(() => text.verifyCheckNumber('B', `${numberB}x`));
  await attempt(() => text.readAttributes());
  await attempt(() => text.readProof());
  await attempt(async () => {
    const number = await text.readMyNumber();
    outputs.push(everythingOf(number), `${number}`);
    number[Symbol.dispose]();
    outputs.push(everythingOf(number));
  });
  // As other programs read: after a SELECT of the file, and in pieces.
  for (const command of ['00a4020c020001', '00b0000011', '00b0000300', '00a4020c020003', '00b0000000'])
    await attempt(() => connection.transmit(new Uint8Array(Buffer.from(command, 'hex'))));
  await attempt(() => text.changePin(pins['input-support'], next));
  await attempt(() => changeRegistryPin(connection, pins.registry, next));
  await attempt(() => verifyRegistryPin(connection, pins.registry));
  await attempt(() => readCardRecord(connection));
  await attempt(async () => new MyNumber(new TextEncoder().encode(`\xff\x10\x0c${myNumber}`)));
  await attempt(() => text.close());
  return { outputs: outputs.join('\n'), transcript: connection.text() };
}

/** Of three runs with three people: what leaks, leaks in every one; a PIN of four digits stands somewhere by chance. */
async function leaks(redact: Redaction, fault: Fault, plant: (person: Person) => string = () => '') {
  const sets: Set<string>[] = [];
  for (let i = 0; i < 3; i++) {
    written.length = 0;
    const person = randomPerson();
    const { outputs, transcript } = await run(person, redact, fault);
    const all = [outputs, transcript, ...written, plant(person)].join('\n');
    const { holder, myNumber, numberB, pins, next } = person;
    const secrets: Readonly<Record<string, string>> = {
      ...{ name: holder.name, family: holder.name.slice(0, 3), given: holder.name.slice(-3) },
      ...{ address: holder.address, town: holder.address.slice(0, 4) },
      // Behind the card's serial number, and as the beginning of check number B.
      ...{ municipality: person.municipalityCode, eraDate: numberB.slice(0, 6) },
      ...{ myNumber, most: myNumber.slice(0, 8), numberB, next },
      ...{ date: holder.birthDate.slice(1), pin: pins['input-support'], registry: pins.registry },
    };
    const found = Object.entries(secrets).flatMap(([name, secret]) =>
      findSecret(all, secret).map((spelling) => `${name} as ${spelling}`),
    );
    sets.push(new Set(found));
    // There is something to search: the reads are in the transcript.
    expect(transcript).toMatch(/> 00B0810011/);
    expect(transcript).toMatch(/9000/);
  }
  const [first, ...rest] = sets;
  return [...(first ?? [])].filter((leak) => rest.every((set) => set.has(leak)));
}

it.each<Fault>(['none', 'break', 'rubbish', 'short'])(
  'nothing of the holder, no PIN and no check number comes out, with the fault %s',
  async (fault) => {
    expect(await leaks('personal', fault)).toEqual([]);
    expect(written.length).toBeGreaterThan(20);
  },
  120_000,
);

it('a transcript that leaves nothing out but PINs leaves out the number and its digest too', async () => {
  const found = await leaks('none', 'none');
  expect(found).toContain('name as hex ""');
  expect(found).toContain('address as hex ""');
  expect(found.filter((leak) => !/^(name|family|given|address|town|date|municipality)/.test(leak))).toEqual(
    [],
  );
  const person = randomPerson();
  const { transcript } = await run(person, 'none', 'none');
  const file = `ff100c${Buffer.from(person.myNumber).toString('hex')}ffff`;
  const digest = await crypto.subtle.digest('SHA-256', new Uint8Array(Buffer.from(file, 'hex')));
  expect(transcript.toLowerCase()).not.toContain(Buffer.from(digest).toString('hex'));
  // The attributes' own answer is there, so their neighbours are hidden by rule and not by chance.
  expect(transcript).toContain('FF20');
}, 120_000);

it.each([
  ['the number', ({ myNumber }: Person) => `number ${myNumber}`, 'myNumber as text'],
  [
    'the name in hexadecimal',
    ({ holder }: Person) => Buffer.from(holder.name).toString('hex'),
    'name as hex ""',
  ],
])(
  '%s is found where it is planted',
  async (_what, plant, expected) => {
    expect(await leaks('personal', 'none', plant)).toContain(expected);
  },
  120_000,
);

it('a redacted recording replays: what was left out is refused, and nothing is made up', async () => {
  const { transcript } = await run(randomPerson(), 'personal', 'none');
  const text = await CardText.select(replayTranscript(transcript));
  const error = await text.readAttributes().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: 'JpkiError' });
});
