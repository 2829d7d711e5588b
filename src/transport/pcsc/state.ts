/** What the state of a reader says (SCARD_READERSTATE.dwEventState of winscard.h). */

const STATE = { present: 0x20, exclusive: 0x80, inUse: 0x100, mute: 0x200 } as const;

/** What is in a reader: nothing, a card, a card somebody uses, or a card that does not answer. */
export type ReaderState = 'empty' | 'present' | 'in-use' | 'mute';

export function cardOf(state: number | undefined): ReaderState {
  if (state === undefined || (state & STATE.present) === 0) return 'empty';
  if ((state & STATE.mute) !== 0) return 'mute';
  return (state & (STATE.exclusive | STATE.inUse)) === 0 ? 'present' : 'in-use';
}

/** Whether somebody keeps the card to himself. */
export function heldExclusively(state: number | undefined): boolean {
  return state !== undefined && (state & STATE.exclusive) !== 0;
}

/**
 * Whether a card was taken and one put in between two states that both show a card. The upper 16 bits count both;
 * a system that does not count leaves them zero.
 */
export function swapped(before: number | undefined, after: number | undefined): boolean {
  const [was, is] = [(before ?? 0) >>> 16, (after ?? 0) >>> 16];
  return was !== 0 && is !== 0 && was !== is;
}
