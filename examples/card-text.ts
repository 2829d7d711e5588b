/**
 * The text on the card, for a form: name, address, birth date, sex, after the PIN of four digits (券面事項入力補助用). The
 * Individual Number is not read.
 *
 *   npx tsx examples/card-text.ts [--virtual]
 */
import { CardText, verifyCardText } from 'jpki-card/card-text';
import { askPin, connect, run } from './support.js';

await run(async () => {
  await using text = await CardText.select(await connect());
  await text.verifyPin(() => askPin('input-support'));
  const attributes = await text.readAttributes();
  console.log(`name        ${attributes.name}`);
  console.log(`address     ${attributes.address}`);
  console.log(`birth date  ${attributes.birthDate.iso}`);
  console.log(`sex         ${attributes.sex}`);
  const { matches, findings } = await verifyCardText(await text.readProof(), { attributes: attributes.file });
  console.log(matches ? 'The text is what was signed.' : 'The proof of the text does not hold:');
  for (const finding of findings) console.log(`  ${finding.text.en}`);
});
