/** Where the package that puts the increment together is not installed. */
import { expect, it, vi } from 'vitest';
import { verifyPdf } from '../../src/pdf/index.js';
import { signPdf } from '../../src/pdf/sign.js';
import { VIRTUAL_PINS } from '../../src/virtual/index.js';
import { handSigned, pdfOf } from './documents.js';
import { anchors, handOf } from './support.js';

vi.mock('@cantoo/pdf-lib', () => {
  throw new Error('not installed');
});

it('is named before the PIN is asked for, with the version to install, in both languages', async () => {
  const { applet, connection } = await handOf();
  const before = connection.count;
  const error = await signPdf(applet, pdfOf(), { pin: VIRTUAL_PINS.sign }).catch((reason) => reason);
  expect(error).toMatchObject({ code: 'UNSUPPORTED', message: expect.stringContaining('@cantoo/pdf-lib') });
  for (const language of ['en', 'ja'] as const)
    expect(error.inLanguage(language).remedy).toContain('npm install @cantoo/pdf-lib@2.11.1');
  expect(connection.count).toBe(before);
});

it('is not needed to judge a document', async () => {
  expect(await verifyPdf(await handSigned(pdfOf()), { anchors })).toMatchObject({ valid: true });
});
