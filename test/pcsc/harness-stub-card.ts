import type { PoweredCard } from '../../src/virtual/vpcd.js';

/** Contact ATR of the card, T=1 [OpenSC]. */
const ATR = Uint8Array.of(0x3b, 0xe0, 0x00, 0xff, 0x81, 0x31, 0xfe, 0x45, 0x14);

/** A card that answers 9000 to everything (or what `answer` says) and notes what the reader did to it. */
export class StubCard implements PoweredCard {
  readonly atr: Uint8Array = ATR;
  /** `on`, `off`, `reset`, and commands as hexadecimal text, in order. */
  readonly history: string[] = [];
  answer: (command: Uint8Array) => Uint8Array | Promise<Uint8Array> = () => Uint8Array.of(0x90, 0x00);

  powerOn(): void {
    this.history.push('on');
  }
  powerOff(): void {
    this.history.push('off');
  }
  reset(): void {
    this.history.push('reset');
  }
  process(command: Uint8Array): Uint8Array | Promise<Uint8Array> {
    this.history.push(Buffer.from(command).toString('hex'));
    return this.answer(command);
  }
}
