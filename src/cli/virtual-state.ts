/** A virtual card, and the file it may live in between two runs. */
import { VirtualCard, type VirtualCardOptions, type VirtualCardState } from '../virtual/index.js';
import { CliFailure } from './failure.js';
import { PRIVATE, readIfThere, writeAtomically } from './files.js';
import { CARD_TEXTS as TEXT } from './texts-card.js';

export interface StoredCard {
  readonly card: VirtualCard;
  /** Whether the file held a card already. */
  readonly loaded: boolean;
  /** Writes the state if it has changed. Nothing without a file. */
  save(): Promise<void>;
}

/**
 * Loads the card in the file, or issues one.
 *
 * @param adjust changes the state before the card is used
 */
export async function openVirtualCard(
  path: string | undefined,
  issue: VirtualCardOptions = {},
  adjust?: (state: VirtualCardState) => VirtualCardState,
): Promise<StoredCard> {
  const stored = path === undefined ? undefined : await readIfThere(path);
  const before = stored && new TextDecoder().decode(stored);
  const found = before === undefined ? await VirtualCard.issue(issue) : cardIn(before);
  const card = adjust ? VirtualCard.fromJSON(adjust(found.toJSON())) : found;
  return {
    card,
    loaded: before !== undefined,
    async save() {
      if (path === undefined) return;
      const after = `${JSON.stringify(card.toJSON(), undefined, 2)}\n`;
      if (after !== before) await writeAtomically(path, after, PRIVATE);
    },
  };
}

/** Whatever is wrong with the file is one answer to the user. */
function cardIn(text: string): VirtualCard {
  try {
    return VirtualCard.fromJSON(JSON.parse(text));
  } catch (cause) {
    throw new CliFailure('FILE', TEXT.notAState, TEXT.notAStateRemedy, cause);
  }
}
