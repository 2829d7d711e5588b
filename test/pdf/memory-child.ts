/** Signs and judges a PDF of as many megabytes as asked for and prints the most memory this process had, in megabytes. */
import { JpkiApplet } from '../../src/jpki/applet.js';
import { signPdf, verifyPdf } from '../../src/pdf/index.js';
import { VIRTUAL_PINS, VirtualCard } from '../../src/virtual/index.js';

const megabytes = Number(process.argv[2]);

/** A page, and a large file attached to it. */
function documentOf(length: number): Uint8Array {
  const parts = [
    '%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n',
    '2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n',
    '3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>\nendobj\n',
    `4 0 obj\n<< /Type /EmbeddedFile /Length ${length} >>\nstream\n`,
  ];
  const offsets: number[] = [];
  let at = 0;
  for (const part of parts) {
    offsets.push(at + (part.startsWith('%') ? '%PDF-1.7\n'.length : 0));
    at += part.length;
  }
  const head = parts.join('');
  const behind = '\nendstream\nendobj\n';
  const section = head.length + length + behind.length;
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const tail = `${behind}xref\n0 5\n0000000000 65535 f \n${rows}trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n${section}\n%%EOF\n`;
  const pdf = new Uint8Array(head.length + length + tail.length).fill(0x5a);
  pdf.set(Buffer.from(head));
  pdf.set(Buffer.from(tail), head.length + length);
  return pdf;
}

const applet = await JpkiApplet.select((await VirtualCard.issue()).connect());
const signed = await signPdf(applet, documentOf(megabytes * 1024 * 1024), { pin: VIRTUAL_PINS.sign });
const verdict = await verifyPdf(signed);
await applet.close();

console.log(
  JSON.stringify({
    megabytes,
    maxRssMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
    findings: verdict.findings.map(({ code }) => code),
  }),
);
