/** ASN.1 values as trees of which every encoding can be chosen (X.690 section 8), read and written by these lines alone. */

/** Puts tag and content together, as it likes. */
export type Form = (tag: number, content: Buffer) => Buffer;

export interface Value {
  readonly tag: number;
  /** Of a primitive value. */
  readonly content: Buffer;
  /** Of a constructed value. */
  readonly children: readonly Value[] | undefined;
  readonly form: Form;
}

/** Numbers of the children to go down to, from the outermost value. */
export type Path = readonly number[];

/** Reads DER that is good. */
export function parse(bytes: Uint8Array): Value {
  const [value] = parseAll(Buffer.from(bytes));
  if (value === undefined) throw new Error('no value');
  return value;
}

function parseAll(bytes: Buffer): Value[] {
  const values: Value[] = [];
  for (let at = 0; at < bytes.length; ) {
    const [tag = 0, first = 0] = bytes.subarray(at, at + 2);
    const count = first < 0x80 ? 0 : first & 0x7f;
    const length = count === 0 ? first : bytes.readUIntBE(at + 2, count);
    const start = at + 2 + count;
    at = start + length;
    const content = bytes.subarray(start, at);
    values.push({ tag, content, children: tag & 0x20 ? parseAll(content) : undefined, form: shortest });
  }
  return values;
}

export const write = ({ tag, content, children, form }: Value): Buffer =>
  form(tag, children ? Buffer.concat(children.map(write)) : content);

export function valueAt(value: Value, [first, ...rest]: Path): Value {
  if (first === undefined) return value;
  const child = value.children?.[first];
  if (child === undefined) throw new Error('there is no such value');
  return valueAt(child, rest);
}

/** The same with another value in one place. */
export function changed(value: Value, [first, ...rest]: Path, change: (value: Value) => Value): Value {
  if (first === undefined) return change(value);
  const children = value.children?.map((child, i) => (i === first ? changed(child, rest, change) : child));
  return { ...value, children };
}

const bigEndian = (number: number): number[] =>
  number < 256 ? [number] : [...bigEndian(Math.floor(number / 256)), number % 256];

/** Section 10.1, the form of DER. */
export const shortest: Form = (tag, content) => {
  const length = bigEndian(content.length);
  return content.length < 0x80
    ? put(tag, length, content)
    : put(tag, [0x80 | length.length, ...length], content);
};

/** Section 8.1.3.5, the long form: the length in this many bytes. */
export const lengthIn =
  (count: number): Form =>
  (tag, content) => {
    const length = bigEndian(content.length);
    const zeros = Array<number>(count - length.length).fill(0);
    return put(tag, [0x80 | count, ...zeros, ...length], content);
  };

/** Section 8.1.3.6. */
export const indefinite: Form = (tag, content) => put(tag, [0x80], Buffer.concat([content, Buffer.alloc(2)]));

export function put(tag: number, length: readonly number[], content: Uint8Array): Buffer {
  return Buffer.concat([Uint8Array.of(tag, ...length), content]);
}

/** Section 8.7.3: a string in parts, which are octet strings whatever the string is (8.23). */
export const inParts =
  (cut: (content: Buffer) => readonly Buffer[], form: Form = shortest): Form =>
  (tag, content) =>
    form(tag | 0x20, Buffer.concat(cut(content)));

const part = (content: Buffer): Buffer => shortest(4, content);
const halves = (content: Buffer): [Buffer, Buffer] => {
  const middle = Math.floor(content.length / 2);
  return [content.subarray(0, middle), content.subarray(middle)];
};

/** Ways to cut a string. */
export const PARTS: Readonly<Record<string, Form>> = {
  'one part': inParts((content) => [part(content)]),
  'two parts, of no known length': inParts((content) => halves(content).map(part), indefinite),
  'parts of one byte': inParts((content) => Array.from(content, (byte) => part(Buffer.of(byte)))),
  'parts of which some are empty': inParts((content) => [
    part(Buffer.of()),
    part(content),
    part(Buffer.of()),
  ]),
  'parts in a part': inParts((content) => [shortest(0x24, Buffer.concat(halves(content).map(part)))]),
  'parts in parts of no known length': inParts((content) => {
    const [first, second] = halves(content);
    return [indefinite(0x24, indefinite(0x24, part(first))), indefinite(0x24, part(second))];
  }, indefinite),
};
