import { CommandApdu, INS } from '../iso7816/index.js';
import { byShortId, CURRENT_FILE } from './files.js';

/** The commands of the card, docs/card.md section 3: each is one exchange. */

/** SELECT by application identifier, no FCI wanted (P2 0C). */
export const selectApplication = (aid: Uint8Array): CommandApdu =>
  new CommandApdu({ cla: 0x00, ins: INS.SELECT, p1: 0x04, p2: 0x0c, data: aid });

/** SELECT of an elementary file under the current application. */
export const selectFile = (file: number): CommandApdu =>
  new CommandApdu({
    cla: 0x00,
    ins: INS.SELECT,
    p1: 0x02,
    p2: 0x0c,
    data: Uint8Array.of(file >> 8, file & 0xff),
  });

/** READ BINARY of the current file; `offset` 0 to 32767, `le` 1 to 65536 bytes. */
export const readBinary = (offset: number, le: number): CommandApdu =>
  new CommandApdu({ cla: 0x00, ins: INS.READ_BINARY, p1: (offset >> 8) & 0x7f, p2: offset & 0xff, le });

/** READ BINARY from the start of a file named by its short identifier, which becomes current (JICSAP table 5). */
export const readBinaryByShortId = (file: number, le: number): CommandApdu =>
  new CommandApdu({ cla: 0x00, ins: INS.READ_BINARY, p1: byShortId(file), p2: 0, le });

/** VERIFY without data: asks for the counter and spends nothing (JICSAP 6.4.9(5)). Four bytes, ISO case 1. */
export const queryPin = (p2: number): CommandApdu =>
  new CommandApdu({ cla: 0x00, ins: INS.VERIFY, p1: 0x00, p2 });

/** The same with an Le of 00, for readers and cards that answer 6700 to four bytes. */
export const queryPinWithLe = (p2: number): CommandApdu =>
  new CommandApdu({ cla: 0x00, ins: INS.VERIFY, p1: 0x00, p2, le: 256 });

/** VERIFY with a PIN of 1 to 16 bytes. */
export const verify = (p2: number, pin: Uint8Array): CommandApdu =>
  new CommandApdu({ cla: 0x00, ins: INS.VERIFY, p1: 0x00, p2, data: pin });

/** CHANGE REFERENCE DATA with the new PIN alone (P1 01): the old one was verified before. */
export const changeReferenceData = (p2: number, pin: Uint8Array): CommandApdu =>
  new CommandApdu({ cla: 0x00, ins: INS.CHANGE_REFERENCE_DATA, p1: 0x01, p2, data: pin });

/** CHANGE KEY (JICSAP) of the current file, with the new PIN alone: the old one was verified before [myna-card]. */
export const changeKey = (pin: Uint8Array): CommandApdu =>
  new CommandApdu({ cla: 0x80, ins: INS.CHANGE_KEY, p1: 0x00, p2: CURRENT_FILE, data: pin });

/** READ RECORD by number, 1 to 254, of the current file; `le` 1 to 256 bytes (JICSAP 6.4.4). */
export const readRecord = (number: number, le: number): CommandApdu =>
  new CommandApdu({ cla: 0x00, ins: INS.READ_RECORD, p1: number, p2: 0x04, le });

/** COMPUTE DIGITAL SIGNATURE with the key file that P2 names; answers 256 bytes. */
export const computeSignature = (p1: number, p2: number, data: Uint8Array): CommandApdu =>
  new CommandApdu({ cla: 0x80, ins: INS.COMPUTE_DIGITAL_SIGNATURE, p1, p2, data, le: 256 });
