/** Issues anew the card that `jpki --virtual` shows without a file. Its keys are public: it proves nothing to anybody. */
import { writeFileSync } from 'node:fs';
import { issueAuthority, VirtualCard } from '../../src/virtual/index.js';

const notBefore = new Date('2026-01-01T00:00:00Z');
const authority = await issueAuthority({
  validity: { notBefore, notAfter: new Date('2046-01-01T00:00:00Z') },
});
// The last second of a birthday in Japan, ten years on: a demonstration that has expired shows little.
const card = await VirtualCard.issue({ authority, notBefore, notAfter: new Date('2036-04-15T14:59:59Z') });
const path = new URL('../../src/cli/demonstration-card.json', import.meta.url);
writeFileSync(path, `${JSON.stringify(card.toJSON(), undefined, 2)}\n`);
