/**
 * Reads one JSON object whose names are all different, also in the objects inside it. JSON.parse takes the last of two
 * equal names and other parsers the first, so a token could say one thing here and another elsewhere (RFC 7515 section 10.12).
 *
 * @returns its members, or what is wrong with the text
 */
export function readJsonObject(text: string): ReadonlyMap<string, unknown> | 'malformed' | 'repeated-name' {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'malformed';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'malformed';
  return hasRepeatedName(text) ? 'repeated-name' : new Map(Object.entries(value));
}

/** Strings, and what objects and arrays are made of; everything else is skipped. */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:]/g;

/** @param json text that JSON.parse took, so that a colon outside of strings always follows a name */
function hasRepeatedName(json: string): boolean {
  const open: (Set<string> | undefined)[] = [];
  let last = '';
  for (const [token] of json.matchAll(TOKENS)) {
    switch (token) {
      case '{':
        open.push(new Set());
        break;
      case '[':
        open.push(undefined);
        break;
      case '}':
      case ']':
        open.pop();
        break;
      case ':': {
        // One name has several spellings: "a" and "\u0061".
        const name: string = JSON.parse(last);
        const names = open.at(-1);
        if (names?.has(name)) return true;
        names?.add(name);
        break;
      }
      default:
        last = token;
    }
  }
  return false;
}
