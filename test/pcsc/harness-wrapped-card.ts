import type { VirtualCard } from '../../src/virtual/index.js';
import type { PoweredCard } from '../../src/virtual/vpcd.js';

/** A virtual card for the reader, whose commands a test looks at or answers itself. */
export class WrappedCard implements PoweredCard {
  readonly atr: Uint8Array;
  /** Commands that arrived. */
  commands = 0;

  constructor(public card: VirtualCard) {
    this.atr = card.atr;
  }

  powerOn(): void {
    this.card.powerOn();
  }

  powerOff(): void {
    this.card.powerOff();
  }

  reset(): void {
    this.card.reset();
  }

  process(command: Uint8Array): Uint8Array {
    this.commands++;
    return this.answer(command);
  }

  protected answer(command: Uint8Array): Uint8Array {
    return this.card.process(command);
  }
}
