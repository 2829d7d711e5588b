/** Changes to bytes and texts, the same for one seed: what goes wrong can be repeated. */

/** Numbers from 0 to 1, evenly spread enough (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One to three changes: a bit, a byte, a piece cut out, put in twice or moved. Never the same bytes again. */
export function mutated(bytes: Uint8Array, random: () => number): Uint8Array {
  const place = (length = bytes.length) => Math.floor(random() * length);
  let changed = Buffer.from(bytes);
  do {
    const at = place(changed.length);
    const piece = changed.subarray(at, at + 1 + place(40));
    switch (place(6)) {
      case 0:
        changed[at] = (changed[at] ?? 0) ^ (1 << place(8));
        break;
      case 1:
        changed[at] = place(256);
        break;
      case 2:
        changed[at] = [0x00, 0x30, 0x31, 0x80, 0xa0, 0xff][place(6)] ?? 0;
        break;
      case 3:
        changed = Buffer.concat([changed.subarray(0, at), changed.subarray(at + piece.length)]);
        break;
      case 4:
        changed = Buffer.concat([changed.subarray(0, at), piece, changed.subarray(at)]);
        break;
      default: {
        const to = place(changed.length);
        changed = Buffer.from(changed);
        changed.set(Buffer.from(piece).subarray(0, changed.length - to), to);
      }
    }
  } while (random() < 0.4 || changed.equals(bytes));
  return changed;
}

/** Changes a text as it stands. */
export function changedText(token: string, random: () => number): string {
  return Buffer.from(mutated(Buffer.from(token), random)).toString('latin1');
}

/** Changes one part of a compact JWS behind its base64url. */
export function changedInside(token: string, random: () => number): string {
  const parts = token.split('.');
  const at = Math.floor(random() * 3);
  parts[at] = Buffer.from(mutated(Buffer.from(parts[at] ?? '', 'base64url'), random)).toString('base64url');
  return parts.join('.');
}
