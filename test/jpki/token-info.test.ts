import fc from 'fast-check';
import { expect, it } from 'vitest';
import { JpkiError } from '../../src/errors.js';
import { parseTokenInfo } from '../../src/jpki/token-info.js';

it('any bytes give token information or a JpkiError, and nothing that moves the cursor', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      try {
        const info = parseTokenInfo(bytes);
        expect(bytes.length).toBeGreaterThanOrEqual(160);
        for (const text of [info.label, info.model, info.serialNumber, info.utcTime])
          expect(text).toMatch(/^[ -~]*$/);
      } catch (error) {
        expect(error).toBeInstanceOf(JpkiError);
        expect(bytes.length).toBeLessThan(160);
      }
    }),
    { numRuns: 1000 },
  );
});

it('what is written is what is read, field by field', () => {
  const word = (length: number) => fc.stringMatching(new RegExp(`^[!-~]{1,${length}}$`));
  const ulong = fc.integer({ min: 0, max: 0xffffffff });
  const record = fc.record({
    label: word(32),
    model: word(16),
    serial: word(16),
    numbers: fc.array(ulong, { minLength: 11, maxLength: 11 }),
  });
  fc.assert(
    fc.property(record, ({ label, model, serial, numbers }) => {
      const file = Buffer.alloc(160, 0x20);
      file.write(label, 0, 'latin1');
      file.write(model, 64, 'latin1');
      file.write(serial, 80, 'latin1');
      for (const [i, number] of numbers.entries()) file.writeUInt32BE(number, 96 + 4 * i);
      const info = parseTokenInfo(file);
      expect(info).toMatchObject({ label, model, serialNumber: serial, flags: numbers[0] });
      const known = (i: number) => (numbers[i] === 0xffffffff ? undefined : numbers[i]);
      expect([info.maxSessionCount, info.maxPinLength, info.minPinLength, info.freePrivateMemory]).toEqual([
        known(1),
        known(5),
        known(6),
        known(10),
      ]);
    }),
  );
});
