import { describe, expect, it } from 'vitest';
import { toHex } from '../../src/bytes.js';
import { ResponseApdu, StatusWord } from '../../src/iso7816/index.js';
import { hex } from '../support/virtual.js';

describe('a response APDU', () => {
  it('is data and the two bytes of the status word', () => {
    const response = ResponseApdu.parse(hex('8f8f00 9000'));
    expect(toHex(response.data)).toBe('8f8f00');
    expect(response.statusWord.value).toBe(0x9000);
  });

  it('may be a status word alone', () => {
    const response = ResponseApdu.parse(hex('6982'));
    expect(response.data).toHaveLength(0);
    expect(response.statusWord.value).toBe(0x6982);
  });

  it('holds up to 65536 bytes of data', () => {
    expect(ResponseApdu.parse(new Uint8Array(65538)).data).toHaveLength(65536);
  });

  it.each([0, 1, 65539])('has not %d bytes', (length) => {
    expect(() => ResponseApdu.parse(new Uint8Array(length))).toThrow(
      expect.objectContaining({
        code: 'MALFORMED_RESPONSE',
        message: expect.stringContaining(`${length} bytes`),
      }),
    );
  });

  it('keeps its own copy of the bytes, which a transport may use again', () => {
    const buffer = Buffer.from('aabb9000', 'hex');
    const response = ResponseApdu.parse(buffer);
    buffer.fill(0);
    expect(toHex(response.data)).toBe('aabb');
  });

  it('is encoded as the card sends it', () => {
    expect(toHex(new ResponseApdu(hex('aabb'), new StatusWord(0x61ff)).encode())).toBe('aabb61ff');
    expect(toHex(ResponseApdu.parse(hex('8f8f009000')).encode())).toBe('8f8f009000');
  });
});
