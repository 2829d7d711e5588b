import { fromHex, toHex } from '../../src/bytes.js';
import type { CardConnection } from '../../src/transport/connection.js';
import { VirtualCard, type VirtualCardQuirks, type VirtualCardState } from '../../src/virtual/index.js';
import { PassThrough } from './connections.js';
import { saved } from './issued.js';

/** The saved state of the tests' card, fresh from the office. */
export async function issuedState(): Promise<VirtualCardState> {
  return structuredClone(saved().state);
}

/**
 * A virtual card with full counters and `VIRTUAL_PINS`, powered off, as different as `quirks` say. All are copies of one:
 * the same keys and certificates, nothing else in common.
 *
 * @example
 * const card = await virtualCard({ shortIds: 0x6a86 });
 * const applet = await JpkiApplet.select(card.connect());
 */
export async function virtualCard(quirks: Partial<VirtualCardQuirks> = {}): Promise<VirtualCard> {
  return VirtualCard.fromJSON({ ...(await issuedState()), quirks });
}

/** One command, one answer, both as lower-case hexadecimal. */
export interface Exchange {
  readonly command: string;
  readonly response: string;
}

/** What `countExchanges` gives. */
export class CountedConnection extends PassThrough {
  /** Every exchange that was answered, in order; copied before anybody could wipe a PIN from it. */
  readonly exchanges: Exchange[] = [];

  get count(): number {
    return this.exchanges.length;
  }

  override async transmit(command: Uint8Array): Promise<Uint8Array> {
    const sent = toHex(command);
    const response = await super.transmit(command);
    this.exchanges.push({ command: sent, response: toHex(response) });
    return response;
  }
}

/**
 * Passes everything on, and keeps what was exchanged. For budgets, and for what must or must not have been sent.
 *
 * @example
 * const connection = countExchanges(card.connect());
 * await (await JpkiApplet.select(connection)).readStatus();
 * expect(connection.count).toBe(3);
 */
export function countExchanges(connection: CardConnection): CountedConnection {
  return new CountedConnection(connection);
}

/** Bytes of hexadecimal text; a mistake in the text fails the test. */
export function hex(text: string): Uint8Array {
  const bytes = fromHex(text);
  if (bytes === undefined) throw new Error(`not hexadecimal: ${text}`);
  return bytes;
}

/**
 * Sends commands, written in hexadecimal with or without spaces, straight to the card; gives the last answer.
 *
 * @example
 * expect(send(card, '00 A4 02 0C 02 0018')).toBe('9000');
 */
export function send(card: VirtualCard, ...commands: readonly string[]): string {
  let response: Uint8Array = new Uint8Array(0);
  for (const command of commands) response = card.process(hex(command));
  return toHex(response);
}

/** Hexadecimal of ASCII text, to write a PIN into a command with. */
export function ascii(text: string): string {
  return toHex(new TextEncoder().encode(text));
}
