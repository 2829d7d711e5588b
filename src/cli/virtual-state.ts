/** A virtual card, and the file it may live in between two runs. */
import { realpath } from 'node:fs/promises';
import { VirtualCard, type VirtualCardOptions, type VirtualCardState } from '../virtual/index.js';
import { CliFailure } from './failure.js';
import { InputFile } from './files.js';
import { replaceFile } from './output-file.js';
import { CARD_TEXTS as TEXT } from './texts-card.js';
import { FILE_TEXTS } from './texts-files.js';

/** A state has some tens of kilobytes; what is larger than this is none, and is not read into memory. */
const MAX_STATE_BYTES = 1024 * 1024;

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
  const before = path === undefined ? undefined : await readState(path);
  // Where it was read is where it is saved, whatever the path leads to by then.
  const place = path === undefined ? undefined : await realpath(path).catch(() => path);
  const found = before === undefined ? await VirtualCard.issue(issue) : cardIn(before);
  const card = adjust ? VirtualCard.fromJSON(adjust(found.toJSON())) : found;
  return {
    card,
    loaded: before !== undefined,
    async save() {
      if (place === undefined) return;
      const after = `${JSON.stringify(card.toJSON(), undefined, 2)}\n`;
      if (after !== before) await replaceFile(place, after);
    },
  };
}

async function readState(path: string): Promise<string | undefined> {
  await using file = await InputFile.openIfThere(path);
  if (file === undefined) return undefined;
  // It is to be written as well.
  if (file.isPipe) throw new CliFailure('FILE', FILE_TEXTS.notAFile(path), TEXT.notAStateRemedy);
  const tooLarge = new CliFailure('FILE', TEXT.notAState, TEXT.notAStateRemedy);
  return new TextDecoder().decode(await file.bytes(MAX_STATE_BYTES, tooLarge));
}

/** Whatever is wrong with the file is one answer to the user. */
function cardIn(text: string): VirtualCard {
  try {
    return VirtualCard.fromJSON(JSON.parse(text));
  } catch (cause) {
    throw new CliFailure('FILE', TEXT.notAState, TEXT.notAStateRemedy, cause);
  }
}
