/** Every call the entry points offer, with good arguments, and for each argument and option what it takes and what not. */
import { afterAll, vi } from 'vitest';
import * as cardText from '../../src/card-text/index.js';
import * as main from '../../src/index.js';
import * as iso7816 from '../../src/iso7816/index.js';
import * as pdf from '../../src/pdf/index.js';
import * as cms from '../../src/signature/cms.js';
import * as ssh from '../../src/ssh/index.js';
import * as transcript from '../../src/transcript/index.js';
import * as virtual from '../../src/virtual/index.js';
import { PNG, pdfOf } from '../pdf/documents.js';
import { anchors, card } from '../signature/support.js';

/** Values that one argument or option takes, and values that are refused. */
export interface Takes {
  readonly good: readonly unknown[];
  readonly bad: readonly unknown[];
  /** Default `INVALID_ARGUMENT`. */
  readonly code?: main.JpkiErrorCode;
}

export interface Call {
  /** Arguments by name, in order, that are good. */
  readonly args: () => Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>;
  readonly call: (...args: never[]) => unknown;
  /** By path; a text says why what the path names, and everything below it, is not checked here. */
  readonly takes: Readonly<Record<string, Takes | string>>;
}

const without = (values: readonly unknown[], ...out: readonly unknown[]): unknown[] =>
  values.filter((value) => !out.some((one) => Object.is(one, value)));

/** One of each kind that JavaScript has, none of which is right everywhere. */
const TEXT = 'x';
const LIST: readonly unknown[] = [];
const BYTES = Uint8Array.of(1, 2);
/** What SSH signs with the key that these two bytes are: a signature in the namespace x, of a hash without bytes. */
const FILE_DATA = Uint8Array.of(...Buffer.from('SSHSIG'), 0, 0, 0, 1, 0x78, ...new Uint8Array(12));
const OBJECT = {};
const FUNCTION = () => undefined;
const DATE = new Date('2026-11-25T00:00:00Z');
const KINDS: readonly unknown[] = [
  null,
  TEXT,
  '',
  5,
  true,
  5n,
  Symbol('x'),
  LIST,
  BYTES,
  OBJECT,
  FUNCTION,
  DATE,
];

/** Looking at it throws. */
const revoked = (target: object): unknown => {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
};
/** Given to another thread: it looks empty. */
const transferred = Uint8Array.of(1, 2);
structuredClone(transferred, { transfer: [transferred.buffer] });
/** With the prototype of bytes, and none. */
const NO_BYTES = [Object.create(Uint8Array.prototype), new Proxy(BYTES, {}), transferred];
const NO_DATES = [Object.create(Date.prototype), new Proxy(DATE, {})];

const objects: Takes = {
  good: [],
  bad: [...without(KINDS, OBJECT), new Map(), Promise.resolve({}), revoked({})],
};
const bytes: Takes = {
  good: [BYTES, Buffer.from('x')],
  bad: [...without(KINDS, BYTES), new ArrayBuffer(2), [1, 2], ...NO_BYTES],
};
const text: Takes = { good: [TEXT], bad: without(KINDS, TEXT) };
const string: Takes = { good: [TEXT, ''], bad: without(KINDS, TEXT, '') };
const flag: Takes = { good: [true, false, undefined], bad: [...without(KINDS, true), 'true', 'false', 0, 1] };
const date: Takes = {
  good: [DATE],
  bad: [...without(KINDS, DATE), ...NO_DATES, new Date(Number.NaN), '2026-11-25', DATE.getTime()],
};
const callable: Takes = { good: [], bad: without(KINDS, FUNCTION) };
const oneOf = (...good: readonly unknown[]): Takes => ({
  good,
  bad: [...KINDS, 'toString', 'AUTH'].filter((value) => !good.includes(value)),
});
const numbers = (good: readonly unknown[], bad: readonly unknown[]): Takes => ({
  good,
  bad: [...without(KINDS, 5), Number.NaN, '300', -1, Number.NEGATIVE_INFINITY, { valueOf: () => 5 }, ...bad],
});
const optional = (takes: Takes): Takes => ({ ...takes, good: [...takes.good, undefined] });
const missing = (takes: Takes): Takes => ({ ...takes, bad: [...takes.bad, undefined] });
const under = (path: string, takes: Readonly<Record<string, Takes>>): Record<string, Takes> =>
  Object.fromEntries(
    Object.entries(takes).map(([name, one]) => [name === '' ? path : `${path}.${name}`, one]),
  );

const role = missing(oneOf('auth', 'sign'));
const PIN_ROLES = ['auth', 'sign', 'input-support', 'registry', 'check-number-a', 'check-number-b'];
const pinRole = missing(oneOf(...PIN_ROLES));
const options = optional(objects);
const signal: Takes = {
  good: [AbortSignal.abort(), undefined],
  bad: [...KINDS, { aborted: true }, new AbortController(), revoked({})],
};
const share = optional(oneOf('exclusive', 'shared'));
const busy = optional(oneOf('wait', 'fail'));
const pin: Takes = {
  good: [],
  bad: [null, undefined, 1234, 1234n, Symbol('1234'), ['1', '2', '3', '4'], {}, ...NO_BYTES],
  code: 'PIN_FORMAT',
};
const timeoutMs = numbers([0, 0.5, 30_000, Number.POSITIVE_INFINITY, undefined], []);
const exchangeTimeoutMs = numbers([0.5, 30_000, Number.POSITIVE_INFINITY, undefined], [0]);
const operationTimeoutMs = exchangeTimeoutMs;
const readStrategy: Takes = {
  good: [new main.ReadStrategy(), undefined],
  bad: [...KINDS, main.ReadStrategy, Object.create(main.ReadStrategy.prototype)],
};
const operationOptions = under('options', { '': options, signal });
const anchorList: Takes = {
  good: [anchors, [], undefined],
  bad: [
    ...without(KINDS, LIST),
    [null],
    [{}],
    [{ ...anchors[0], sha256: 'ab' }],
    [{ ...anchors[0], purpose: 'login' }],
    [{ ...anchors[0], name: 1 }],
    [{ ...anchors[0], hierarchy: 'real' }],
    new Set(anchors),
  ],
};
const year = (min: number): Takes => ({
  ...optional(date),
  bad: [...date.bad, new Date(Date.UTC(min, 0) - 1), new Date(Date.UTC(10_000, 0))],
});

const connection = missing(objects);
const connectionParts = under('connection', {
  '': connection,
  readerName: missing(string),
  atr: missing(bytes),
  exclusive: { good: [true, false], bad: [...flag.bad, undefined] },
  transmit: missing(callable),
  disconnect: missing(callable),
});

/** How many commands reached a card. */
export let sent = 0;

/** To a card of its own; a literal, so that a test can put one wrong part into it. */
export function newConnection(shared = false): main.CardConnection {
  const inner = virtual.VirtualCard.fromJSON(card.toJSON()).connect(shared ? { share: 'shared' } : {});
  return {
    readerName: inner.readerName,
    atr: inner.atr,
    exclusive: inner.exclusive,
    transmit: (command) => {
      sent++;
      return inner.transmit(command);
    },
    disconnect: (disposition) => inner.disconnect(disposition),
  };
}

const applet = await main.JpkiApplet.select(newConnection());
await applet.verifyPin('auth', virtual.VIRTUAL_PINS.auth);
await applet.verifyPin('sign', virtual.VIRTUAL_PINS.sign);
const certificate = await applet.readCertificate('sign');
const issuer = await applet.readCertificate('sign-ca');
const authCertificate = await applet.readCertificate('auth');
const issuerList: Takes = {
  good: [[issuer], [], undefined],
  bad: [...without(KINDS, LIST), [null], [issuer.der], new Set([issuer])],
};
const p7s = await cms.signCms(applet, BYTES);
const cardsText = await cardText.CardText.select(newConnection());
await cardsText.verifyPin(virtual.VIRTUAL_PINS['input-support']);
const attributes = await cardsText.readAttributes();
const myNumber = await cardsText.readMyNumber();
const proof = await cardsText.readProof();
const registryApplications: Takes = {
  good: [['registry'], ['common', 'registry'], undefined],
  bad: [...KINDS, ['jpki'], [null], 'registry'],
};
const recording = transcript.recordTranscript(newConnection());
const authority = await virtual.issueAuthority();

/** Keys take a second each: all cards of this file get the one that was made first. */
const { subtle } = globalThis.crypto;
const pair = await subtle.generateKey(
  { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1), hash: 'SHA-256' },
  true,
  ['sign', 'verify'],
);
vi.spyOn(subtle, 'generateKey').mockResolvedValue(pair as never);

const HEADER = { cla: 0, ins: 0xb0, p1: 0, p2: 0, le: 1 };
const command = new iso7816.CommandApdu(HEADER);
const byte = missing(numbers([0, 255], [256, 1.5, Number.POSITIVE_INFINITY]));
const channel = () => new iso7816.CardChannel(newConnection());
const applets: Takes = {
  good: [applet],
  bad: [...KINDS, undefined, Promise.resolve(applet), { sign: FUNCTION, readCertificate: FUNCTION }],
};
/** With the prototype, and nothing behind it. */
const lookalikes = (value: object): unknown[] => [
  Object.create(Object.getPrototypeOf(value)),
  new Proxy(value, {}),
];
const certificates: Takes = {
  good: [certificate],
  bad: [...KINDS, undefined, { ...certificate }, ...lookalikes(certificate)],
};
const verifyOptions = under('options', {
  '': options,
  allowLastTry: flag,
  allowShared: flag,
  confirmLastTry: optional(callable),
  signal,
});
const pinOptions = {
  ...verifyOptions,
  'options.pin': { good: ['1234', FUNCTION, undefined], bad: without(KINDS, TEXT, BYTES, FUNCTION, '') },
};
const RECTANGLE = [0, 0, 100, 50];
const visible = under('options.visible', {
  '': options,
  page: numbers([1, undefined], [0, 1.5, Number.POSITIVE_INFINITY]),
  rectangle: { good: [RECTANGLE], bad: [...KINDS, undefined, [0, 0, 1], [0, 0, 0, 5], ['0', 0, 1, 1]] },
  image: { good: [PNG, undefined], bad: bytes.bad },
  text: optional(text),
});
const holder = under('holder', {
  '': missing(objects),
  name: missing(string),
  nameSubstitutes: {
    good: [[], undefined],
    bad: [...without(KINDS, LIST), [1], [{ index: '0', character: 'x' }]],
  },
  address: missing(string),
  addressSubstitutes: {
    good: [[], undefined],
    bad: [...without(KINDS, LIST), [1], [{ index: -1, character: 'x' }]],
  },
});
const comparison = (call: Call['call']): Call => ({
  call,
  args: () => ({ holder: { ...certificate.holder }, typed: 'x' }),
  takes: {
    ...holder,
    'holder.sex': 'not compared',
    'holder.birthDate': 'not compared',
    typed: missing(string),
  },
});
const counter = {
  '': optional(objects),
  holder: optional(oneOf('known', 'forgotten', 'locked')),
  counter: optional(objects),
  'counter.triesLeft': numbers([0, 15, undefined], [16, 1.5]),
  'counter.locked': { good: [true, false], bad: [...flag.bad, undefined] },
};
const situationPin = { holder: 'known', counter: { triesLeft: 3, locked: false } };
const state = optional(oneOf('valid', 'expiring', 'expired', 'absent', 'not-read'));
const part: Takes = { good: [1, undefined, 99, Number.NaN], bad: without(KINDS, 5) };
const quirk = (...good: readonly unknown[]): Takes => optional(oneOf(...good));
const readerQuirk = quirk(true, false, 0x6f00, 'fails', 'resets', 'removes');
const cardPin: Takes = {
  good: ['1', 'x'.repeat(16), undefined],
  bad: [...without(KINDS, TEXT), 'x'.repeat(17), '暗証番号六文字'],
};
const triesLeft = under('triesLeft', {
  '': optional(objects),
  auth: numbers([0, 3, undefined], [4, 1.5]),
  sign: numbers([0, 5, undefined], [6, 1.5]),
  registry: numbers([0, 3, undefined], [4, 1.5]),
  'input-support': numbers([0, 3, undefined], [4, 1.5]),
  'check-number-a': numbers([0, 10, undefined], [11, 1.5]),
  'check-number-b': numbers([0, 10, undefined], [11, 1.5]),
});
const marks: Takes = { good: ['', '0010', undefined], bad: [...without(KINDS, ''), '012'] };
const authorityParts = {
  '': missing(objects),
  role,
  name: { good: [], bad: [...without(KINDS, LIST), undefined] },
  serialNumber: missing({ ...bytes, good: [BYTES] }),
  certificate: missing({ ...bytes, good: [] }),
  privateKey: missing({ ...bytes, good: [] }),
  publicKey: missing({ ...bytes, good: [] }),
};
const aborted = () => ({ options: { signal: AbortSignal.abort() } });
const binding = optional(oneOf('koffi', 'pcsclite'));
const listener = await main.openCardListener({ port: 0 });
afterAll(() => listener.close());
const listenerParts = {
  host: { good: ['127.0.0.1', undefined], bad: [...without(KINDS, undefined), '0.0.0.0', '192.0.2.1', '::'] },
  port: numbers([0], [65536, 1.5]),
  allowRemote: flag,
};
const listenerWaiting = {
  timeoutMs,
  signal: { ...signal, good: [AbortSignal.abort()] },
  onWaiting: optional(callable),
};
/** Whatever it is asked for, it opens no card. */
const agent = () =>
  ssh.createSshAgent(() => Promise.reject(new main.JpkiError('NO_CARD')), { pin: () => '1234' });
const connectOptions = under('options', {
  '': objects,
  reader: { good: ['', 'Reader', /x/g, undefined], bad: without(KINDS, TEXT, '') },
  share,
  busy,
  timeoutMs,
  signal: { ...signal, good: [AbortSignal.abort()] },
  unpowerOnExit: flag,
  binding,
  onWaiting: optional(callable),
});
const poweredCard = {
  atr: Uint8Array.of(0x3b, 0),
  powerOn: FUNCTION,
  powerOff: FUNCTION,
  reset: FUNCTION,
  process: () => BYTES,
};

export const CALLS: Readonly<Record<string, Call>> = {
  'new JpkiError': {
    call: (code, message, details) => new main.JpkiError(code, message, details),
    args: () => ({
      code: 'NO_CARD',
      message: 'x',
      details: { triesLeft: 1, role: 'auth', statusWord: 0x63c1, remedy: { en: 'x', ja: 'x' } },
    }),
    takes: {
      code: missing(oneOf('NO_CARD', 'TIMEOUT')),
      message: { good: ['', 'x', { en: 'x', ja: 'x' }, undefined], bad: without(KINDS, TEXT, '') },
      details: { good: [{}, undefined], bad: [null, 'x', 5, true] },
      'details.triesLeft': numbers([0, 15, undefined], [16, 1.5]),
      'details.role': optional(oneOf(...PIN_ROLES)),
      'details.changed': optional(oneOf('registry', 'common')),
      'details.statusWord': numbers([0, 0xffff, undefined], [0x10000, 1.5]),
      'details.argument': optional({ ...string, bad: without(KINDS, TEXT, '') }),
      'details.remedy': { good: [undefined], bad: [...KINDS, { en: 'x' }] },
      'details.remedy.en': missing({ ...string, bad: without(KINDS, TEXT, '') }),
      'details.remedy.ja': missing({ ...string, bad: without(KINDS, TEXT, '') }),
      'details.cause': 'anything can be thrown',
    },
  },
  'JpkiErrorConstructor.is': {
    call: (error) => main.JpkiError.is(error),
    args: () => ({ error: undefined }),
    takes: { error: 'anything can be thrown' },
  },
  'JpkiErrorOf.inLanguage': {
    call: (language) => new main.JpkiError('NO_CARD').inLanguage(language),
    args: () => ({ language: 'en' }),
    takes: { language: missing(oneOf('en', 'ja')) },
  },
  'CardConnection.transmit': {
    call: (given) => virtual.VirtualCard.fromJSON(card.toJSON()).connect().transmit(given),
    args: () => ({ command: BYTES }),
    takes: { command: missing(bytes) },
  },
  'CardConnection.disconnect': {
    call: (given) => virtual.VirtualCard.fromJSON(card.toJSON()).connect().disconnect(given),
    args: () => ({ disposition: 'leave' }),
    takes: { disposition: optional(oneOf('leave', 'reset', 'unpower')) },
  },
  connectCard: { call: main.connectCard, args: aborted, takes: connectOptions },
  listenForCard: {
    call: main.listenForCard,
    args: () => ({ options: { port: 0, signal: AbortSignal.abort() } }),
    takes: under('options', { '': objects, ...listenerParts, ...listenerWaiting }),
  },
  openCardListener: {
    call: async (given) => {
      await (await main.openCardListener(given)).close();
    },
    args: () => ({ options: { port: 0 } }),
    takes: under('options', { '': objects, ...listenerParts }),
  },
  'CardListener.connect': {
    call: (given) => listener.connect(given),
    args: aborted,
    takes: under('options', { '': objects, ...listenerWaiting }),
  },
  sshPublicKey: {
    call: ssh.sshPublicKey,
    args: () => ({ certificate: authCertificate }),
    takes: { certificate: { good: [authCertificate], bad: [...KINDS, undefined, { ...authCertificate }] } },
  },
  createSshAgent: {
    call: ssh.createSshAgent,
    args: () => ({ source: () => newConnection(), options: { pin: () => '1234' } }),
    takes: {
      source: missing(callable),
      ...under('options', {
        '': objects,
        pin: missing(callable),
        holdMs: numbers([0, 86_400_000, undefined], [86_400_001, Number.POSITIVE_INFINITY]),
      }),
    },
  },
  'SshAgent.publicKeys': {
    call: (given) => agent().publicKeys(given),
    args: aborted,
    takes: operationOptions,
  },
  'SshAgent.sign': {
    call: (key, data, given) => agent().sign(key, data, given),
    args: () => ({ publicKey: BYTES, data: FILE_DATA, options: {} }),
    takes: {
      publicKey: missing(bytes),
      data: missing(bytes),
      ...operationOptions,
      'options.hash': optional(oneOf('SHA-256', 'SHA-512')),
    },
  },
  'SshAgent.listen': {
    // Closed, so that it makes no socket.
    call: async (path, given) => {
      const closed = agent();
      await closed.close();
      await closed.listen(path, given);
    },
    args: () => ({ path: '/dev/null/agent.sock', options: {} }),
    takes: {
      path: missing(text),
      options,
      'options.onSigned': optional(callable),
      'options.onRefused': optional(callable),
    },
  },
  watchReaders: {
    call: main.watchReaders,
    args: aborted,
    takes: under('options', { '': options, signal, binding }),
  },
  findBinding: { call: main.findBinding, args: () => ({}), takes: {} },
  pcscStillWaits: { call: main.pcscStillWaits, args: () => ({}), takes: {} },
  listReaders: {
    call: main.listReaders,
    args: () => ({ options: {} }),
    takes: under('options', { '': options, binding }),
  },
  'JpkiCertificate.parse': {
    call: main.JpkiCertificate.parse,
    args: () => ({ der: certificate.der }),
    takes: { der: missing(bytes) },
  },
  'JpkiCertificate.isValidAt': {
    call: (at) => certificate.isValidAt(at),
    args: () => ({ at: DATE }),
    takes: { at: missing(date) },
  },
  'JpkiCertificate.daysLeft': {
    call: (at) => certificate.daysLeft(at),
    args: () => ({ at: DATE }),
    takes: { at: optional(date) },
  },
  'JpkiCertificate.importPublicKey': {
    call: (algorithm) => certificate.importPublicKey(algorithm),
    args: () => ({ algorithm: { name: 'RSA-PSS', hash: 'SHA-256' } }),
    takes: {
      algorithm: optional(objects),
      'algorithm.name': missing({ ...text, good: ['RSA-PSS', 'RSASSA-PKCS1-v1_5'] }),
      'algorithm.hash': missing({ ...text, good: ['SHA-256', 'SHA-512'] }),
    },
  },
  'JpkiCertificate.toPkijs': {
    call: (pkijs) => certificate.toPkijs(pkijs),
    args: () => ({ pkijs: { Certificate: { fromBER: () => OBJECT } } }),
    takes: {
      pkijs: { good: [], bad: [...KINDS, undefined] },
      'pkijs.Certificate': { good: [], bad: [...KINDS, undefined] },
      'pkijs.Certificate.fromBER': missing(callable),
    },
  },
  'JpkiCertificate.toForge': {
    call: (forge) => certificate.toForge(forge),
    args: () => ({ forge: { asn1: { fromDer: () => OBJECT }, pki: { certificateFromAsn1: () => OBJECT } } }),
    takes: {
      forge: { good: [], bad: [...KINDS, undefined] },
      'forge.asn1': { good: [], bad: [...KINDS, undefined] },
      'forge.asn1.fromDer': missing(callable),
      'forge.pki': { good: [], bad: [...KINDS, undefined] },
      'forge.pki.certificateFromAsn1': missing(callable),
    },
  },
  'DistinguishedName.get': {
    call: (attribute) => certificate.subject.get(attribute),
    args: () => ({ attribute: 'CN' }),
    takes: { attribute: missing(oneOf('C', 'O', 'OU', 'CN')) },
  },
  'DistinguishedName.getAll': {
    call: (attribute) => certificate.subject.getAll(attribute),
    args: () => ({ attribute: 'CN' }),
    takes: { attribute: missing(oneOf('C', 'O', 'OU', 'CN')) },
  },
  'DistinguishedName.equals': {
    call: (other) => certificate.subject.equals(other),
    args: () => ({ other: certificate.issuer }),
    takes: {
      other: { good: [certificate.subject], bad: [...KINDS, undefined, ...lookalikes(certificate.subject)] },
    },
  },
  compareHolderAddress: comparison(main.compareHolderAddress),
  compareHolderName: comparison(main.compareHolderName),
  verifyCertificate: {
    call: main.verifyCertificate,
    args: () => ({ certificate, options: { purpose: 'sign' } }),
    takes: {
      certificate: certificates,
      options: objects,
      'options.purpose': role,
      'options.issuer': {
        good: [issuer, [issuer, certificate], [], undefined],
        bad: [...without(KINDS, LIST), [null], [issuer, issuer.der], new Set([issuer])],
      },
      'options.at': optional(date),
      'options.anchors': anchorList,
    },
  },
  'JpkiApplet.select': {
    call: main.JpkiApplet.select,
    args: () => ({ connection: newConnection(), options: {} }),
    takes: {
      ...connectionParts,
      ...under('options', {
        '': options,
        exchangeTimeoutMs,
        operationTimeoutMs,
        readStrategy,
        extendedReads: flag,
        signal,
      }),
    },
  },
  'JpkiApplet.readTokenInfo': {
    call: (options) => applet.readTokenInfo(options),
    args: () => ({ options: {} }),
    takes: operationOptions,
  },
  'JpkiApplet.readCertificateAvailability': {
    call: (options) => applet.readCertificateAvailability(options),
    args: () => ({ options: {} }),
    takes: operationOptions,
  },
  'JpkiApplet.readStatus': {
    call: (options) => applet.readStatus(options),
    args: () => ({ options: {} }),
    takes: operationOptions,
  },
  'JpkiApplet.readPinCounter': {
    call: (role, options) => applet.readPinCounter(role, options),
    args: () => ({ role: 'auth', options: {} }),
    takes: { role, ...operationOptions },
  },
  'JpkiApplet.verifyPin': {
    call: (role, pin, options) => applet.verifyPin(role, pin, options),
    args: () => ({ role: 'auth', pin: '1234', options: {} }),
    takes: { role, pin: { ...pin, good: ['1234'] }, ...verifyOptions },
  },
  'JpkiApplet.changePin': {
    call: (role, current, next, options) => applet.changePin(role, current, next, options),
    // The new PIN is refused, so that the card is the same afterwards.
    args: () => ({ role: 'auth', current: '1234', next: '1234', options: {} }),
    takes: { role: { ...role, good: ['auth'] }, current: pin, next: pin, ...verifyOptions },
  },
  'JpkiApplet.readCertificateDer': {
    call: (file, options) => applet.readCertificateDer(file, options),
    args: () => ({ file: 'auth', options: {} }),
    takes: { file: missing(oneOf('auth', 'sign', 'auth-ca', 'sign-ca')), ...pinOptions },
  },
  'JpkiApplet.readCertificate': {
    call: (file, options) => applet.readCertificate(file, options),
    args: () => ({ file: 'auth', options: {} }),
    takes: { file: missing(oneOf('auth', 'sign', 'auth-ca', 'sign-ca')), ...pinOptions },
  },
  'JpkiApplet.sign': {
    call: (role, data, options) => applet.sign(role, data, options),
    args: () => ({ role: 'auth', data: BYTES, options: {} }),
    takes: {
      role,
      data: missing({
        good: [BYTES, chunks(BYTES)],
        bad: [...without(KINDS, BYTES), chunks('x'), { [Symbol.asyncIterator]: 1 }],
      }),
      ...operationOptions,
      'options.scheme': optional(oneOf('RSASSA-PKCS1-v1_5-SHA-256', 'RSASSA-PSS-SHA-256', 'raw')),
    },
  },
  openJpki: {
    call: main.openJpki,
    args: aborted,
    takes: {
      ...connectOptions,
      'options.exchangeTimeoutMs': exchangeTimeoutMs,
      'options.operationTimeoutMs': operationTimeoutMs,
      'options.readStrategy': readStrategy,
      'options.extendedReads': flag,
      'options.through': optional(callable),
    },
  },
  readOtherPinCounters: {
    call: main.readOtherPinCounters,
    args: () => ({ connection: newConnection(), options: {} }),
    takes: {
      ...connectionParts,
      ...operationOptions,
      'options.applications': {
        good: [['registry'], [], undefined],
        bad: [...without(KINDS, LIST), ['jpki'], [null], 'registry'],
      },
    },
  },
  readCardRecord: {
    call: main.readCardRecord,
    args: () => ({ connection: newConnection(), options: {} }),
    takes: { ...connectionParts, ...operationOptions },
  },
  verifyRegistryPin: {
    call: main.verifyRegistryPin,
    args: () => ({ connection: newConnection(), pin: '1234', options: {} }),
    takes: {
      ...connectionParts,
      pin: { ...pin, good: ['1234'] },
      ...verifyOptions,
      'options.applications': registryApplications,
    },
  },
  changeRegistryPin: {
    call: main.changeRegistryPin,
    args: () => ({ connection: newConnection(), current: '1234', next: '1234', options: {} }),
    takes: {
      ...connectionParts,
      current: pin,
      next: pin,
      ...verifyOptions,
      'options.applications': { ...registryApplications, good: [] },
    },
  },
  'CardText.select': {
    call: cardText.CardText.select,
    args: () => ({ connection: newConnection(), options: {} }),
    takes: {
      ...connectionParts,
      ...under('options', {
        '': options,
        exchangeTimeoutMs,
        operationTimeoutMs,
        readStrategy,
        extendedReads: flag,
        signal,
      }),
    },
  },
  'CardText.readPinCounter': {
    call: (role, options) => cardsText.readPinCounter(role, options),
    args: () => ({ role: 'input-support', options: {} }),
    takes: {
      role: missing(oneOf('input-support', 'check-number-a', 'check-number-b')),
      ...operationOptions,
    },
  },
  'CardText.verifyPin': {
    call: (pin, options) => cardsText.verifyPin(pin, options),
    args: () => ({ pin: '1234', options: {} }),
    takes: { pin: { ...pin, good: ['1234'] }, ...verifyOptions },
  },
  'CardText.verifyCheckNumber': {
    call: (letter, number, options) => cardsText.verifyCheckNumber(letter, number, options),
    args: () => ({ letter: 'A', number: '999999999999', options: {} }),
    takes: {
      letter: { ...missing(oneOf('A', 'B')), good: ['A'] },
      number: { ...pin, good: ['999999999999'] },
      ...verifyOptions,
    },
  },
  'CardText.changePin': {
    call: (current, next, options) => cardsText.changePin(current, next, options),
    args: () => ({ current: '1234', next: '1234', options: {} }),
    takes: { current: pin, next: pin, ...verifyOptions },
  },
  'CardText.readAttributes': {
    call: (options) => cardsText.readAttributes(options),
    args: () => ({ options: {} }),
    takes: operationOptions,
  },
  'CardText.readMyNumber': {
    call: (options) => cardsText.readMyNumber(options),
    args: () => ({ options: {} }),
    takes: operationOptions,
  },
  'CardText.readBasicInformation': {
    call: (options) => cardsText.readBasicInformation(options),
    args: () => ({ options: {} }),
    takes: operationOptions,
  },
  'CardText.readProof': {
    call: (options) => cardsText.readProof(options),
    args: () => ({ options: {} }),
    takes: operationOptions,
  },
  parseCardAttributes: {
    call: cardText.parseCardAttributes,
    args: () => ({ bytes: attributes.file }),
    takes: { bytes: missing({ ...bytes, good: [attributes.file] }) },
  },
  'new MyNumber': {
    call: (file) => new cardText.MyNumber(file),
    args: () => ({ file: myNumber.file }),
    takes: { file: missing({ ...bytes, good: [myNumber.file] }) },
  },
  checkNumberB: {
    call: cardText.checkNumberB,
    args: () => ({
      face: { birthDate: { year: 1980, month: 2, day: 17 }, expiryYear: 2035, securityCode: '2285' },
    }),
    takes: under('face', {
      '': missing(objects),
      birthDate: missing({ ...objects, bad: [...objects.bad, {}] }),
      'birthDate.year': { good: [1980], bad: [...without(KINDS, 5), 1867] },
      'birthDate.month': { good: [2], bad: [...without(KINDS, 5, true), 13] },
      'birthDate.day': { good: [17], bad: [...without(KINDS, 5, true), 30] },
      expiryYear: missing(numbers([2000, 9999], [1999, 10_000, 2035.5])),
      securityCode: missing({ good: ['2285'], bad: [...KINDS, '228', '２２８５'] }),
    }),
  },
  verifyCardText: {
    call: cardText.verifyCardText,
    args: () => ({ proof, options: { attributes: attributes.file, myNumber: myNumber.file } }),
    takes: {
      ...under('proof', {
        '': missing(objects),
        proof: missing({ ...bytes, good: [proof.proof] }),
        certificate: missing({ ...bytes, good: [proof.certificate] }),
      }),
      ...under('options', {
        '': missing(objects),
        attributes: { ...bytes, good: [attributes.file, undefined] },
        myNumber: { ...bytes, good: [myNumber, myNumber.file, undefined] },
        issuers: {
          good: [cardText.PUBLISHED_TEXT_ISSUERS, [], undefined],
          bad: [...without(KINDS, LIST), [null], [{ keyId: BYTES, modulus: BYTES }]],
        },
      }),
    },
  },
  normalizePin: {
    call: main.normalizePin,
    args: () => ({ role: 'auth', text: '1' }),
    takes: {
      role: 'never throws: verifyPin and changePin refuse it',
      text: 'what is no text is handed back, for the strict check to refuse with PIN_FORMAT',
    },
  },
  checkPin: {
    call: main.checkPin,
    args: () => ({ role: 'auth', pin: '1234', use: 'new' }),
    takes: {
      role: pinRole,
      pin: { ...pin, good: ['', '1', 'あ', BYTES] },
      use: optional(oneOf('existing', 'new')),
    },
  },
  pinAdvice: {
    call: main.pinAdvice,
    args: () => ({ role: 'auth', next: '1234', options: { birthDate: { year: 2000, month: 1, day: 1 } } }),
    takes: {
      role: pinRole,
      next: { ...pin, good: ['', '1', BYTES] },
      ...under('options', {
        '': options,
        birthDate: optional(objects),
        'birthDate.year': part,
        'birthDate.month': part,
        'birthDate.day': part,
      }),
    },
  },
  certificateExpiry: {
    call: main.certificateExpiry,
    args: () => ({ certificate: { notBefore: DATE, notAfter: DATE }, at: DATE }),
    takes: {
      certificate: missing(objects),
      'certificate.notBefore': missing(date),
      'certificate.notAfter': missing(date),
      at: optional(date),
    },
  },
  recoveryOptions: {
    call: main.recoveryOptions,
    args: () => ({
      situation: {
        pins: {
          auth: situationPin,
          sign: situationPin,
          registry: situationPin,
          'input-support': situationPin,
        },
        certificates: {},
        cardExpiry: { year: 2036, month: 4, day: 15 },
      },
    }),
    takes: under('situation', {
      '': missing(objects),
      pins: missing(objects),
      ...under('pins.auth', counter),
      ...under('pins.sign', counter),
      ...under('pins.registry', counter),
      ...under('pins.input-support', counter),
      certificates: optional(objects),
      'certificates.auth': state,
      'certificates.sign': state,
      cardExpiry: optional(objects),
      'cardExpiry.year': missing(numbers([1, 9999], [0, 10_000, 1.5])),
      'cardExpiry.month': missing(numbers([1, 12], [0, 13, 1.5])),
      'cardExpiry.day': missing(numbers([1, 31], [0, 32, 1.5])),
      device: optional(oneOf('card', 'phone')),
      at: optional(date),
    }),
  },
  accountKey: {
    call: main.accountKey,
    args: () => ({ subject: 'x', secret: new Uint8Array(32) }),
    takes: {
      subject: missing(text),
      secret: { good: [new Uint8Array(32)], bad: [...bytes.bad, undefined, BYTES] },
    },
  },
  signJws: {
    call: main.signJws,
    args: () => ({ applet, role: 'auth', payload: 'x', options: {} }),
    takes: {
      applet: applets,
      role,
      payload: missing({
        good: ['', BYTES, { a: 1 }],
        bad: [...without(KINDS, TEXT, '', BYTES, OBJECT), new ArrayBuffer(1)],
      }),
      ...pinOptions,
      'options.algorithm': optional(oneOf('RS256', 'RS384', 'RS512')),
      'options.header': { ...optional(objects), bad: [...objects.bad, { alg: 'none' }] },
    },
  },
  verifyJws: {
    call: main.verifyJws,
    args: () => ({ jws: 'a.b.c', options: { purpose: 'sign' } }),
    takes: {
      jws: 'comes from a stranger: whatever it is, the verdict says so',
      options: objects,
      'options.purpose': role,
      'options.at': optional(date),
      'options.anchors': anchorList,
      'options.issuers': issuerList,
    },
  },
  createLoginToken: {
    call: main.createLoginToken,
    args: () => ({ applet, options: { audience: 'a', nonce: 'n' } }),
    takes: {
      applet: applets,
      ...pinOptions,
      options: objects,
      'options.audience': missing({ ...text, bad: [...text.bad, 'x'.repeat(9000)] }),
      'options.nonce': missing({ ...text, bad: [...text.bad, '語'.repeat(3000)] }),
      'options.expiresInSeconds': numbers(
        [1, 2 ** 31 - 1, undefined],
        [0, 1.5, 2 ** 31, Number.POSITIVE_INFINITY],
      ),
    },
  },
  verifyLoginToken: {
    call: main.verifyLoginToken,
    args: () => ({ token: 'a.b.c', options: { audience: 'a', nonce: 'n' } }),
    takes: {
      token: 'comes from a stranger: whatever it is, the verdict says so',
      options: objects,
      'options.audience': missing(text),
      'options.nonce': missing(text),
      'options.at': optional(date),
      'options.anchors': anchorList,
      'options.maxAgeSeconds': numbers([0, 0.5, 300, undefined], [Number.POSITIVE_INFINITY]),
    },
  },
  'new LoginChallenges': {
    call: (options) => new main.LoginChallenges(options),
    args: () => ({
      options: { audience: 'a', store: { put: async () => undefined, take: async () => false } },
    }),
    takes: {
      options: objects,
      'options.audience': missing(text),
      'options.store': optional(objects),
      'options.store.put': missing(callable),
      'options.store.take': missing(callable),
      'options.expiresInSeconds': numbers([1, 86_400, undefined], [0, 1.5, 86_401, Number.POSITIVE_INFINITY]),
      'options.anchors': anchorList,
    },
  },
  'LoginChallenges.issue': {
    call: () => new main.LoginChallenges({ audience: 'a' }).issue(),
    args: () => ({}),
    takes: {},
  },
  'LoginChallenges.answer': {
    call: (token: string) => new main.LoginChallenges({ audience: 'a' }).answer(token),
    args: () => ({ token: 'a.b.c' }),
    takes: { token: 'comes from a stranger: whatever it is, the verdict says so' },
  },
  'ChallengeStore.put': {
    call: () => undefined,
    args: () => ({ nonce: 'x', expiresInSeconds: 1 }),
    takes: { nonce: 'the program brings it', expiresInSeconds: 'the program brings it' },
  },
  'ChallengeStore.take': {
    call: () => undefined,
    args: () => ({ nonce: 'x' }),
    takes: { nonce: 'the program brings it' },
  },
  signCms: {
    call: cms.signCms,
    args: () => ({ applet, content: BYTES, options: {} }),
    takes: {
      applet: applets,
      content: missing({ good: [BYTES], bad: without(KINDS, BYTES) }),
      ...pinOptions,
      'options.role': optional(oneOf('auth', 'sign')),
      'options.hash': optional(oneOf('SHA-256', 'SHA-384', 'SHA-512')),
      'options.detached': flag,
      'options.signingTime': {
        good: [...date.good, false, undefined],
        bad: [...date.bad, new Date(8.64e15), new Date(-8.64e15)],
      },
    },
  },
  signPdf: {
    call: pdf.signPdf,
    args: () => ({
      applet,
      pdf: pdfOf(),
      options: { visible: { rectangle: RECTANGLE, image: PNG, text: TEXT } },
    }),
    takes: {
      applet: applets,
      pdf: missing({ ...bytes, good: [pdfOf()] }),
      ...pinOptions,
      'options.profile': optional(oneOf('pades', 'registry')),
      'options.role': optional(oneOf('auth', 'sign')),
      'options.hash': optional(oneOf('SHA-256', 'SHA-384', 'SHA-512')),
      'options.signingTime': { ...optional(date), bad: [...date.bad, new Date(8.64e15), new Date(-8.64e15)] },
      'options.name': optional(text),
      'options.reason': optional(text),
      'options.location': optional(text),
      ...visible,
      'options.visible.font': 'needs a font and a package that reads it: test/pdf/visible.test.ts',
    },
  },
  verifyPdf: {
    call: pdf.verifyPdf,
    args: () => ({ pdf: pdfOf(), options: {} }),
    takes: {
      pdf: missing({ ...bytes, good: [pdfOf()] }),
      options,
      'options.anchors': anchorList,
      'options.issuers': issuerList,
      'options.at': optional(date),
      'options.purpose': optional(oneOf('auth', 'sign')),
    },
  },
  isDetachedCms: {
    call: cms.isDetachedCms,
    args: () => ({ cms: p7s }),
    takes: { cms: missing({ good: [p7s, chunks(p7s)], bad: without(KINDS, BYTES) }) },
  },
  verifyCms: {
    call: cms.verifyCms,
    args: () => ({ cms: p7s, options: {} }),
    takes: {
      cms: missing({ good: [p7s, chunks(p7s)], bad: without(KINDS, BYTES) }),
      options,
      'options.onContent': optional(callable),
      'options.content': { good: [BYTES, chunks(BYTES), undefined], bad: without(KINDS, BYTES) },
      'options.anchors': anchorList,
      'options.issuers': issuerList,
      'options.at': optional(date),
      'options.purpose': optional(oneOf('auth', 'sign')),
    },
  },
  parseBerTlv: {
    call: iso7816.parseBerTlv,
    args: () => ({ bytes: BYTES }),
    takes: { bytes: missing(bytes) },
  },
  readBerTlvHeader: {
    call: iso7816.readBerTlvHeader,
    args: () => ({ bytes: BYTES, offset: 0 }),
    takes: { bytes: missing(bytes), offset: numbers([0, 5, undefined], [1.5, Number.POSITIVE_INFINITY]) },
  },
  'new CardChannel': {
    call: (connection, options) => new iso7816.CardChannel(connection, options),
    args: () => ({ connection: newConnection(), options: {} }),
    takes: {
      ...connectionParts,
      ...under('options', { '': options, exchangeTimeoutMs, operationTimeoutMs }),
    },
  },
  'CardChannel.configure': {
    call: (given) => channel().configure(given),
    args: () => ({ options: {} }),
    takes: under('options', { '': options, exchangeTimeoutMs, operationTimeoutMs }),
  },
  'CardChannel.transmit': {
    call: (given, options) => channel().transmit(given, options),
    args: () => ({ command, options: {} }),
    takes: { ...operationOptions, command: { good: [command], bad: [...KINDS, undefined, { ...HEADER }] } },
  },
  'CardChannel.run': {
    call: (operation, options) => channel().run(operation, options),
    args: () => ({ operation: async () => 1, options: {} }),
    takes: { operation: missing(callable), ...operationOptions },
  },
  'CardChannel.close': {
    call: (given) => channel().close(given),
    args: () => ({ disposition: () => 'leave' }),
    takes: {
      disposition: {
        good: [() => 'reset', undefined],
        bad: [...KINDS, () => 'UNPOWER', () => Promise.resolve('leave')],
      },
    },
  },
  'new CommandApdu': {
    call: (fields) => new iso7816.CommandApdu(fields),
    args: () => ({ fields: HEADER }),
    takes: under('fields', {
      '': missing(objects),
      cla: byte,
      ins: missing(numbers([0, 0xb0, 255], [0x60, 0x9f, 256, 1.5])),
      p1: byte,
      p2: byte,
      data: optional(bytes),
      le: numbers([1, 65536, undefined], [0, 65537, 1.5]),
      extended: flag,
    }),
  },
  'CommandApdu.withLe': {
    call: (le) => command.withLe(le),
    args: () => ({ le: 1 }),
    takes: { le: missing(numbers([1, 256], [0, 65537, 1.5])) },
  },
  'CommandApdu.parse': {
    call: iso7816.CommandApdu.parse,
    args: () => ({ bytes: command.encode() }),
    takes: { bytes: missing({ ...bytes, good: [command.encode()] }) },
  },
  'new ResponseApdu': {
    call: (data, statusWord) => new iso7816.ResponseApdu(data, statusWord),
    args: () => ({ data: BYTES, statusWord: new iso7816.StatusWord(0x9000) }),
    takes: {
      data: missing({ ...bytes, bad: [...bytes.bad, new Uint8Array(65537)] }),
      statusWord: { good: [new iso7816.StatusWord(0)], bad: [...KINDS, undefined, 0x9000] },
    },
  },
  'ResponseApdu.parse': {
    call: iso7816.ResponseApdu.parse,
    args: () => ({ bytes: BYTES }),
    takes: { bytes: missing(bytes) },
  },
  'new StatusWord': {
    call: (value) => new iso7816.StatusWord(value),
    args: () => ({ value: 0x9000 }),
    takes: { value: missing(numbers([0, 0xffff], [0x10000, 1.5])) },
  },
  recordTranscript: {
    call: transcript.recordTranscript,
    args: () => ({ connection: newConnection(), options: {} }),
    takes: {
      ...connectionParts,
      ...under('options', { '': options, redact: optional(oneOf('personal', 'none')) }),
    },
  },
  replayTranscript: {
    call: transcript.replayTranscript,
    args: () => ({ text: recording.text() }),
    takes: { text: { good: [recording.text()], bad: [...without(KINDS, TEXT, ''), undefined] } },
  },
  issueAuthority: {
    call: virtual.issueAuthority,
    args: () => ({ options: { validity: { notBefore: DATE, notAfter: DATE } } }),
    takes: under('options', {
      '': options,
      validity: optional(objects),
      'validity.notBefore': { ...year(1950), good: [DATE], bad: [...year(1950).bad, undefined] },
      'validity.notAfter': { ...year(1950), good: [DATE], bad: [...year(1950).bad, undefined] },
      organization: optional(text),
    }),
  },
  'VirtualCard.issue': {
    call: virtual.VirtualCard.issue,
    args: () => ({
      options: {
        authority,
        filler: { byte: 0, fileLength: 0 },
        holder: {},
        pins: {},
        quirks: {},
        triesLeft: {},
      },
    }),
    takes: under('options', {
      '': options,
      ...under('pins', {
        '': optional(objects),
        auth: cardPin,
        sign: cardPin,
        registry: cardPin,
        'input-support': cardPin,
      }),
      ...triesLeft,
      token: optional(oneOf('card', 'older-card', 'android', 'iphone')),
      ...under('filler', {
        '': optional(objects),
        byte: missing(oneOf(0, 0xff)),
        fileLength: missing(numbers([0, 32768], [32769, 1.5])),
      }),
      ...under('quirks', {
        '': { ...optional(objects), bad: [...objects.bad, { noSuchQuirk: true }] },
        shortIds: quirk(true, 0x6a82, 0x6986),
        changeByShortId: flag,
        fourByteVerify: readerQuirk,
        extendedLength: readerQuirk,
        lockedQuery: quirk(0x63c0, 0x6983, 0x6984),
        lockedVerify: quirk(0x6983, 0x6984),
        verifiedQuery: quirk('counter', 0x9000),
        pinCounter: flag,
        firstCommandFails: flag,
        endOfFile: quirk('shorter', 0x6282, 0x6c, 0x6700),
        getResponse: flag,
        maxRead: numbers([1, 65536, undefined], [0, 65537, 1.5]),
        longestRead: numbers([1, 65536, undefined], [0, 65537, 1.5]),
        longRead: quirk(0x6700, 0x6281, 0x9000, 'cut', 'fails', 'resets', 'removes'),
        leZero: quirk(true, 0x6700, 0x9000),
        endlessWrongLe: flag,
        inventedWord: quirk(false, 0x6300, 0x6301, 0x637f),
        inventedFor: {
          good: [[], ['select', 'read', 'query', 'verify', 'change', 'sign'], undefined],
          bad: [...without(KINDS, LIST), ['x'], [null]],
        },
        selectClearsStatus: flag,
        fci: flag,
        selectRefusal: quirk(0x6a82, 0x6f00),
        tokenInfoLength: quirk(160, 32),
        absentFiles: {
          good: [[], ['jpki/0008'], undefined],
          bad: [...without(KINDS, LIST), ['0008'], ['jpki/8'], [null]],
        },
        authCertificateNeedsPin: flag,
        cardSideHashing: flag,
        absentApplications: {
          good: [[], ['jpki'], undefined],
          bad: [...without(KINDS, LIST), ['x'], [null]],
        },
      }),
      ...under('holder', {
        '': optional(objects),
        name: optional(text),
        nameSubstitutes: marks,
        sex: optional(oneOf('male', 'female', 'unknown')),
        birthDate: {
          good: ['420010415', '000000000', undefined],
          bad: [...KINDS, '2001-04-15', '920010415', '420011315'],
        },
        address: optional(string),
        addressSubstitutes: marks,
      }),
      myNumber: { good: ['999999999999', undefined], bad: [...KINDS, '999999999996', '99999999999'] },
      securityCode: { good: ['0000', undefined], bad: [...KINDS, '000', '00000', 'abcd'] },
      municipalityCode: { good: ['99999', undefined], bad: [...KINDS, '9999', '99999x'] },
      cardExpiry: { good: ['20360415', undefined], bad: [...KINDS, '20360431', '2036-04-15'] },
      prefecture: optional(text),
      municipality: optional(text),
      notBefore: year(1950),
      notAfter: year(1950),
      signatureCertificate: flag,
      authority: optional(objects),
      ...under('authority.auth', authorityParts),
      ...under('authority.sign', authorityParts),
      ...under('authority.text', {
        '': optional(objects),
        issuer: missing(objects),
        'issuer.keyId': { good: [], bad: [...bytes.bad, undefined, BYTES] },
        'issuer.modulus': { good: [], bad: [...bytes.bad, undefined, BYTES] },
        certificate: missing({ ...bytes, good: [] }),
        privateKey: missing({ ...bytes, good: [] }),
      }),
    }),
  },
  'VirtualCard.fromJSON': {
    call: virtual.VirtualCard.fromJSON,
    args: () => ({ state: card.toJSON(), options: { triesLeft: {} } }),
    takes: {
      state: 'read strictly, as something a file held: see test/virtual/saved-state.test.ts',
      ...under('options', { '': options, ...triesLeft }),
    },
  },
  'VirtualCard.process': {
    call: (given) => virtual.VirtualCard.fromJSON(card.toJSON()).process(given),
    args: () => ({ command: BYTES }),
    takes: { command: missing(bytes) },
  },
  'VirtualCard.connect': {
    call: (given) => virtual.VirtualCard.fromJSON(card.toJSON()).connect(given),
    args: () => ({ options: {} }),
    takes: under('options', { '': options, share }),
  },
  isQuirk: {
    call: virtual.isQuirk,
    args: () => ({ name: 'maxRead', value: 1 }),
    takes: {
      name: 'never throws: a name that is none is no quirk',
      value: 'never throws: it is there to ask whether the value can be used',
    },
  },
  connectVpcd: {
    call: virtual.connectVpcd,
    // Nothing listens on port 1.
    args: () => ({ card: poweredCard, options: { port: 1 } }),
    takes: {
      ...under('card', {
        '': missing(objects),
        atr: {
          good: [Uint8Array.of(0x3b, 0)],
          bad: [...bytes.bad, undefined, new Uint8Array(1), new Uint8Array(34)],
        },
        powerOn: missing(callable),
        powerOff: missing(callable),
        reset: missing(callable),
        process: missing(callable),
      }),
      ...under('options', {
        '': objects,
        host: optional({ ...text, good: ['127.0.0.1'] }),
        port: numbers([1], [0, 65536, 1.5]),
      }),
    },
  },
  'PoweredCard.process': {
    call: FUNCTION,
    args: () => ({}),
    takes: { command: "the caller's own, which this library calls" },
  },
};

async function* chunksOf(value: unknown): AsyncGenerator<unknown> {
  yield value;
}

/** A stream that can be read once for each call. */
function chunks(value: unknown): unknown {
  return { [Symbol.asyncIterator]: () => chunksOf(value) };
}
