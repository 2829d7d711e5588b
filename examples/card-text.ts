/**
 * Name, address, birth date and sex from the card, as text, and what their proof is worth. The Individual Number is not read.
 *
 *   npx tsx examples/card-text.ts [--virtual]
 */
import { readCardRecord } from 'jpki-card';
import { CardText, verifyCardText } from 'jpki-card/card-text';
import { askPin, connect, run, textIssuers } from './support.js';

await run(async () => {
  const connection = await connect();
  await using text = await CardText.select(connection);
  await text.verifyPin(() => askPin('input-support'));

  const { name, address, birthDate, sex, file } = await text.readAttributes();
  console.log(`${name}\n${address}\n${birthDate.iso ?? 'unknown'}\n${sex}`);

  const verdict = await verifyCardText(await text.readProof(), { attributes: file, issuers: textIssuers });
  console.log(verdict.matches ? 'as it was signed' : 'not confirmed', `(${verdict.basis.en})`);
  for (const { text: finding } of verdict.findings) console.log(`  - ${finding.en}`);
  for (const unchecked of verdict.notChecked) console.log(`  not checked: ${unchecked.en}`);

  const record = await readCardRecord(connection);
  if (record) console.log(`The card is valid until ${record.expiry.iso}.`);
});
