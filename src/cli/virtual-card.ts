/** A virtual card, and the file it may live in between two runs. */
import { realpath } from 'node:fs/promises';
import { VirtualCard, type VirtualCardOptions } from '../virtual/index.js';
import { CliFailure } from './failure.js';
import { InputFile } from './input-file.js';
import { replaceFile } from './output-file.js';

/** A state has some tens of kilobytes; what is larger than this is none, and is not read into memory. */
const MAX_STATE_BYTES = 1024 * 1024;

const notAState: CliFailure['said'] = ({ card }) => [card.notAState, card.notAStateRemedy];

/**
 * Loads the card in the file, or issues one.
 *
 * @param issue of these a card from a file takes the tries that are left
 */
export async function openVirtualCard(path: string | undefined, issue: VirtualCardOptions = {}) {
  const before = path === undefined ? undefined : await readState(path);
  // Where it was read is where it is saved, whatever the path leads to by then.
  const place = path === undefined ? undefined : await realpath(path).catch(() => path);
  const card = before === undefined ? await VirtualCard.issue(issue) : cardIn(before, issue);
  return {
    card,
    /** Whether the file held a card already. */
    loaded: before !== undefined,
    /** Writes the state if it has changed. Nothing without a file. */
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
  if (file.isPipe) throw new CliFailure(({ file, card }) => [file.notAFile(path), card.notAStateRemedy]);
  return new TextDecoder().decode(await file.bytes(MAX_STATE_BYTES, new CliFailure(notAState)));
}

/** Whatever is wrong with the file is one answer to the user. */
function cardIn(text: string, { triesLeft = {} }: VirtualCardOptions): VirtualCard {
  try {
    return VirtualCard.fromJSON(JSON.parse(text), { triesLeft });
  } catch (cause) {
    throw new CliFailure(notAState, cause);
  }
}
