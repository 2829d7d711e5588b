/** A virtual card, and the file it may live in between two runs. */
import { realpath } from 'node:fs/promises';
import { VirtualCard, type VirtualCardOptions, type VirtualCardState } from '../virtual/index.js';
import { CliFailure } from './failure.js';
import { InputFile } from './input-file.js';
import { replaceFile } from './output-file.js';

/** A state has some tens of kilobytes; what is larger than this is none, and is not read into memory. */
const MAX_STATE_BYTES = 1024 * 1024;

const notAState: CliFailure['said'] = ({ card }) => [card.notAState, card.notAStateRemedy];

/**
 * Loads the card in the file, or issues one; without a file the demonstration card, whose keys are public, where nothing
 * else is asked for: making keys takes a second and more.
 *
 * @param issue of these a card that is not issued takes the tries that are left
 */
export async function openVirtualCard(path: string | undefined, issue: VirtualCardOptions = {}) {
  const before = path === undefined ? undefined : await readState(path);
  // Where it was read is where it is saved, whatever the path leads to by then.
  const place = path === undefined ? undefined : await realpath(path).catch(() => path);
  const card = before !== undefined ? cardIn(before, issue) : await newCard(path, issue);
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

async function newCard(path: string | undefined, issue: VirtualCardOptions): Promise<VirtualCard> {
  const { triesLeft, ...others } = issue;
  if (path !== undefined || Object.values(others).some((option) => option !== undefined))
    return VirtualCard.issue(issue);
  const { default: state } = await import('./demonstration-card.json');
  return VirtualCard.fromJSON(state as VirtualCardState, { triesLeft });
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
