import { inspect } from 'node:util';

const MIN_BASE64_DIGITS = 6;

/** Every common spelling of a secret's bytes, to search outputs for; by a name that tells nothing of the secret. */
function spellings(secret: string): Map<string, string> {
  const bytes = [...Buffer.from(secret, 'utf8')];
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0'));
  const found = new Map<string, string>();
  for (const separator of ['', ' ', ':', '-', ', ', ',', '\\x'])
    found.set(`hex "${separator}"`, hex.join(separator));
  for (const separator of [', ', ','])
    found.set(`0x "${separator}"`, hex.map((pair) => `0x${pair}`).join(separator));
  for (const separator of [', ', ',', ' ', ',\n  ', '\n'])
    found.set(`decimal "${separator}"`, bytes.join(separator));
  found.set('UTF-16LE', Buffer.from(secret, 'utf16le').toString('hex'));
  found.set('UTF-16BE', Buffer.from(secret, 'utf16le').swap16().toString('hex'));
  found.set('JSON of an array', JSON.stringify({ ...bytes }).slice(1, -1));
  for (const shift of [0, 1, 2]) {
    // The digits that depend on the secret alone, whatever three-byte frame it falls into.
    const padded = Buffer.concat([Buffer.alloc(shift), Buffer.from(bytes)]).toString('base64');
    // Of a PIN of four digits four are left, which stand in a certificate by chance; the longer one shows every way of base64.
    const core = padded.replace(/=+$/, '').slice(shift === 0 ? 0 : shift + 1, -1);
    if (core.length < MIN_BASE64_DIGITS) continue;
    found.set(`base64 ${shift}`, core);
    found.set(`base64url ${shift}`, core.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return found;
}

/** The spellings in which a secret stands in `haystack`; the text itself counts only as a word of its own. */
export function findSecret(haystack: string, secret: string): string[] {
  const lower = haystack.toLowerCase();
  const found = [...spellings(secret)]
    .filter(([name, spelling]) =>
      name.startsWith('base64') ? haystack.includes(spelling) : lower.includes(spelling.toLowerCase()),
    )
    .map(([name]) => name);
  if (new RegExp(`(?<![0-9A-Za-z])${secret}(?![0-9A-Za-z])`, 'i').test(haystack)) found.push('text');
  return found;
}

/** Everything that can be seen of a value: properties to any depth, hidden ones too, its JSON, its stack. */
export function everythingOf(value: unknown): string {
  const parts = [
    inspect(value, {
      depth: Infinity,
      showHidden: true,
      maxArrayLength: Infinity,
      maxStringLength: Infinity,
    }),
    JSON.stringify(value) ?? '',
    String(value),
  ];
  for (let error = value; error instanceof Error; error = error.cause) {
    parts.push(error.message, error.stack ?? '', JSON.stringify(error, Object.getOwnPropertyNames(error)));
  }
  return parts.join('\n');
}
