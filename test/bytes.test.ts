/** Base64 by RFC 4648, of which every value has one spelling alone. */
import { describe, expect, it } from 'vitest';
import { fromBase64, fromBase64Url } from '../src/bytes.js';

describe('base64', () => {
  // RFC 4648 section 10.
  it.each([
    ['', ''],
    ['f', 'Zg=='],
    ['fo', 'Zm8='],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg=='],
    ['fooba', 'Zm9vYmE='],
    ['foobar', 'Zm9vYmFy'],
  ])('of "%s" is %s, and without padding where it is for a URL', (text, encoded) => {
    const bytes = new TextEncoder().encode(text);
    expect(fromBase64(encoded)).toEqual(bytes);
    expect(fromBase64Url(encoded.replaceAll('=', ''))).toEqual(bytes);
  });

  it.each(['Zh==', 'Zm9=', 'Zg', 'Zg=', 'Z===', 'Zg==Zg==', 'Zm 9', 'Zm9v\n', 'Zm9-', '====', 'Z\u0100=='])(
    'is not %j',
    (text) => expect(fromBase64(text)).toBeUndefined(),
  );

  it.each(['Zh', 'Zm9', 'A', 'Zm9vA', 'Zg==', 'Zm9+', 'Zm9v\n', '\u0100\u0100'])(
    'for a URL is not %j',
    (text) => expect(fromBase64Url(text)).toBeUndefined(),
  );
});
