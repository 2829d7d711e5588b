import { describe, expect, it } from 'vitest';
import { JpkiError } from '../../src/errors.js';
import { pcscError } from '../../src/transport/pcsc/binding.js';
import { nativeError } from './fake-pcsc.js';

describe('a PC/SC return code', () => {
  // The numbers of winscard.h, and what issue and card facts say about each; written down apart from the table.
  it.each([
    ['8010001d', 'SERVICE_UNAVAILABLE', /start/i, /起動/],
    ['8010001e', 'SERVICE_UNAVAILABLE', /start/i, /起動/],
    ['80100013', 'SERVICE_UNAVAILABLE', /start/i, /起動/],
    ['80100003', 'SERVICE_UNAVAILABLE', /start/i, /起動/],
    ['8010002e', 'NO_READER', /plug in/i, /接続/],
    ['80100017', 'NO_READER', /plug in/i, /接続/],
    ['80100009', 'NO_READER', /plug in/i, /接続/],
    ['8010000c', 'NO_CARD', /put the card flat on the reader.*keep it there/i, /平らに置/],
    ['80100069', 'CARD_REMOVED', /flat on the reader, keep it there/i, /平らに置/],
    ['80100068', 'CARD_RESET', /close the other program/i, /終了/],
    ['8010000b', 'SHARING_VIOLATION', /close the other program/i, /終了/],
    ['80100066', 'CARD_MUTE', /flat on the reader/i, /置き直/],
    ['80100067', 'CARD_MUTE', /flat on the reader/i, /置き直/],
    ['80100065', 'CARD_MUTE', /flat on the reader/i, /置き直/],
    ['80100016', 'TRANSPORT', /flat on the reader, keep it there/i, /平らに置/],
    ['8010002f', 'TRANSPORT', /flat on the reader, keep it there/i, /平らに置/],
    ['8010000a', 'TIMEOUT', /take the card off/i, /置き直/],
  ])('%s is %s, with the next step in both languages', (number, code, english, japanese) => {
    const error = pcscError(nativeError(number));
    expect(error).toBeInstanceOf(JpkiError);
    expect(error.code).toBe(code);
    expect(error.remedy).toMatch(english);
    expect(error.inLanguage('ja').remedy).toMatch(japanese);
  });

  it('that is unknown is TRANSPORT and stays in the message', () => {
    const error = pcscError(nativeError('8010006a'));
    expect(error.code).toBe('TRANSPORT');
    expect(error.message).toContain('0x8010006A');
    expect(error.inLanguage('ja').message).toContain('0x8010006A');
  });

  it('is found where Windows puts a line break before it', () => {
    expect(pcscError(new Error('SCardConnect error: 文字列\r\n(0x8010000C)')).code).toBe('NO_CARD');
  });

  it('that is missing is TRANSPORT with the text there is', () => {
    const error = pcscError(new Error('Card Reader not connected'));
    expect(error.code).toBe('TRANSPORT');
    expect(error.message).toContain('Card Reader not connected');
  });

  it('keeps the error of the package as its cause', () => {
    const cause = nativeError('80100069');
    expect(pcscError(cause).cause).toBe(cause);
  });
});
