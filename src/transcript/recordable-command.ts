import { CommandApdu, INS } from '../iso7816/index.js';
import type { CommandPattern } from './format.js';

/** The longest application identifier, ISO/IEC 7816-4 12.2.3; a file identifier has two bytes. */
const MAX_SELECT_DATA = 16;

export interface RecordableCommand {
  readonly pattern: CommandPattern;
  /** The command without its data, except that of a SELECT; `undefined` when the bytes are no command. */
  readonly command: CommandApdu | undefined;
}

/**
 * What of a command a transcript may hold. A list of what is kept, because a PIN may hide in anything else: data of a
 * SELECT, the lengths and, if asked for, the data of the signature command, and commands without data.
 */
export function recordableCommand(bytes: Uint8Array, keepSignedData = false): RecordableCommand {
  const command = parseOrNothing(bytes);
  if (bytes.length < 4 || !isKnownClass(bytes[0] ?? 0))
    return hidden(undefined, bytes.subarray(0, 0), 'data');
  // Bytes that are no command may be one with a PIN that was put together wrongly: then P1 and P2 may be part of it.
  if (command === undefined) return hidden(undefined, bytes.subarray(0, 2), 'data');

  const { data, ins, cla, le } = command;
  const header = bytes.subarray(0, 4);
  if (command.carriesReferenceData) return hidden(command, header, 'PIN');
  if (data.length === 0) {
    // A wrongly built VERIFY may have the first digit where Le belongs.
    const plain = le === undefined || le >= 256 || KEEPS_LE.has(ins);
    return plain ? { pattern: { pieces: [bytes.slice()] }, command } : hidden(command, header, 'data');
  }
  if (ins === INS.SELECT && cla === 0x00 && data.length <= MAX_SELECT_DATA) {
    return { pattern: { pieces: [bytes.slice()] }, command };
  }
  if (ins === INS.COMPUTE_DIGITAL_SIGNATURE && cla === 0x80) {
    const start = command.extended ? 7 : 5;
    const end = start + data.length;
    const signed = keepSignedData ? bytes.slice(start, end) : data.length;
    command.wipe();
    return { pattern: { pieces: [bytes.slice(0, start), signed, bytes.slice(end)] }, command };
  }
  return hidden(command, header, 'data');
}

const KEEPS_LE: ReadonlySet<number> = new Set([
  INS.SELECT,
  INS.READ_BINARY,
  INS.GET_RESPONSE,
  INS.COMPUTE_DIGITAL_SIGNATURE,
]);

function hidden(
  command: CommandApdu | undefined,
  shown: Uint8Array,
  rest: 'PIN' | 'data',
): RecordableCommand {
  command?.wipe();
  return { pattern: { pieces: shown.length === 0 ? [] : [shown.slice()], rest }, command };
}

/**
 * ISO/IEC 7816-4 5.4.1 classes on channels 0 to 3, the card's own, and FF for the reader. Digits and letters are none
 * of them: bytes that are a PIN instead of a command show nothing.
 */
function isKnownClass(cla: number): boolean {
  return cla <= 0x1f || (cla >= 0x80 && cla <= 0x9f) || cla === 0xff;
}

function parseOrNothing(bytes: Uint8Array): CommandApdu | undefined {
  try {
    return CommandApdu.parse(bytes);
  } catch {
    return undefined;
  }
}
