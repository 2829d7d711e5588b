import { describe, expect, it } from 'vitest';
import { type SignPdfOptions, signPdf, verifyPdf } from '../../src/pdf/index.js';
import { VIRTUAL_PINS } from '../../src/virtual/index.js';
import { PNG, paged, textOf } from './documents.js';
import { anchors, codes, handOf, openCard } from './support.js';

describe('a signature that is seen', () => {
  const rectangle = [20, 20, 200, 60] as const;

  it.each([
    ['a picture', { rectangle, image: PNG }],
    ['text', { rectangle, text: 'Signed\nby me' }],
    ['both', { rectangle, image: PNG, text: 'Signed' }],
    ['text on the second page', { rectangle, text: 'Signed', page: 2 }],
  ])('has %s on its page, and is as good as another', async (_name, visible) => {
    const pdf = paged(3);
    const signed = await signPdf(await openCard(), pdf, { pin: VIRTUAL_PINS.sign, visible });
    expect(codes(await verifyPdf(signed, { anchors }))).toEqual([]);
    const added = textOf(signed.subarray(pdf.length));
    expect(added).toContain('/Rect [ 20 20 220 80 ]');
    expect(added).toMatch(/\/AP <<\s*\/N \d+ 0 R/);
    // Pages 10, 12 and 14 of the document.
    expect(added).toContain(`/P ${'page' in visible ? 12 : 10} 0 R`);
  });

  it.each<readonly [string, SignPdfOptions['visible'], string]>([
    ['a page that is not there', { rectangle, text: 'a', page: 4 }, 'visible.page'],
    ['a picture that is none', { rectangle, image: Uint8Array.of(1, 2, 3) }, 'visible.image'],
    ['a picture that ends', { rectangle, image: PNG.subarray(0, 40) }, 'visible.image'],
    ['Japanese without a font', { rectangle, text: '署名' }, 'visible.text'],
    ['nothing to see', { rectangle }, 'visible'],
    ['a font that is none', { rectangle, text: 'a', font: { bytes: PNG, fontkit: {} } }, 'visible.font'],
    [
      'a font and nothing that reads it',
      { rectangle, text: 'a', font: { bytes: PNG } as never },
      'visible.font.fontkit',
    ],
    ['a font without bytes', { rectangle, text: 'a', font: { fontkit: {} } as never }, 'visible.font.bytes'],
  ])('is refused before the PIN is asked for: %s', async (_name, visible, argument) => {
    const { applet, connection } = await handOf();
    const before = connection.count;
    const error = await signPdf(applet, paged(3), { pin: VIRTUAL_PINS.sign, visible }).catch(
      (reason) => reason,
    );
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', argument });
    expect(connection.count).toBe(before);
  });
});
