import type { VpcdSession } from '../../src/virtual/vpcd.js';
import { WrappedCard } from './harness-wrapped-card.js';

/** A card to which something happens at its n-th command, counted from 1. */
export class FaultyCard extends WrappedCard {
  session: VpcdSession | undefined;
  /** Answers in place of the card. */
  act: (command: Uint8Array, number: number) => Uint8Array | Promise<Uint8Array> = (command) =>
    this.card.process(command);

  override process(command: Uint8Array): Uint8Array | Promise<Uint8Array> {
    this.commands++;
    return this.act(command, this.commands);
  }

  /** Out of the reader in the middle of a command: its answer goes nowhere. */
  pull(): Uint8Array {
    void this.session?.close();
    return Uint8Array.of(0x6f, 0x00);
  }
}
