/** Files of the card input support application, written by hand from the table of docs/card.md, and a second reader of them. */

/** The published file of a JPKI-TEST card, whose holder is fictional [myna-card text.rs]. */
export const PUBLISHED_FILE = Buffer.from(
  `FF2065 DF2108000E002000590064 DF220FE9BB92E6A190E38080E5B9B9E4B99F
   DF2336E69DB1E4BAACE983BDE6B885E780ACE5B882E8A6B3E5B883E5AD90E58D97EFBC91EFBC92EFBC8DEFBC97EFBC8DEFBC92EFBC90EFBC92
   DF24083139383030323137 DF250131`.replace(/\s/g, ''),
  'hex',
);
/** Its number, whose check digit is right. */
export const PUBLISHED_NUMBER = Buffer.from(
  `FF100C${Buffer.from('537686677188').toString('hex')}FFFF`,
  'hex',
);

/** Tag, length in its shortest form, value. */
export function object(tag: string, value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value);
  const { length } = bytes;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(tag, 'hex'), Buffer.from(size), bytes]);
}

export interface Fields {
  readonly name: string | Uint8Array;
  readonly address: string | Uint8Array;
  readonly birthDate: string;
  readonly sex: string;
}

export const FIELDS: Fields = { name: '仮　名', address: '架空県１－２', birthDate: '20010415', sex: '2' };

/** File 0002 of these objects, with a table that names them. */
export function fileOf(fields: readonly Uint8Array[], table?: (offsets: number[]) => number[]): Buffer {
  const rest = Buffer.concat(fields);
  const tableLength = 4 + 2 * fields.length - 1;
  const total = tableLength + rest.length;
  const header = 2 + (total < 128 ? 1 : total < 256 ? 2 : 3);
  let at = header + tableLength;
  const offsets = fields.map(({ length }) => {
    at += length;
    return at - length;
  });
  const words = (table?.(offsets) ?? offsets).flatMap((offset) => [offset >> 8, offset & 0xff]);
  return object('ff20', Buffer.concat([object('df21', Uint8Array.from(words)), rest]));
}

export function objectsOf({ name, address, birthDate, sex }: Partial<Fields> = {}): Buffer[] {
  return [
    object('df22', name ?? FIELDS.name),
    object('df23', address ?? FIELDS.address),
    object('df24', birthDate ?? FIELDS.birthDate),
    object('df25', sex ?? FIELDS.sex),
  ];
}

/** Reads by the offset table alone, as the table of docs/card.md says it: no tag is looked for, nothing is checked. */
export function readByOffsets(file: Buffer): string[] {
  // The table is the first object: behind FF20 and a length of one, two or three bytes.
  const first = file.indexOf(Buffer.from('df21', 'hex'));
  return [0, 1, 2, 3].map((i) => {
    const at = file.readUInt16BE(first + 3 + 2 * i);
    const size = file.readUInt8(at + 2);
    if (size < 128) return file.subarray(at + 3, at + 3 + size).toString('utf8');
    if (size === 0x81) return file.subarray(at + 4, at + 4 + file.readUInt8(at + 3)).toString('utf8');
    return file.subarray(at + 5, at + 5 + file.readUInt16BE(at + 3)).toString('utf8');
  });
}
