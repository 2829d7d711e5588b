/** `jpki text show`: what the card says of its holder as text. */
import {
  type CardAttributes,
  CardText,
  type CardTextVerdict,
  type MyNumber,
  verifyCardText,
} from '../../card-text/index.js';
import { ifThere, withCard } from '../card.js';
import type { Context, Run } from '../context.js';
import { usageError } from '../failure.js';
import { PinEntry } from '../pins/pin-entry.js';
import { BULLET, heading, paragraph, type Row, rows, type Segment, section } from '../terminal/screen.js';
import type { Words } from '../text/index.js';

export const textShow: Run = async (context) => {
  const { options, json, help, out, texts } = context;
  if (json && options.has('my-number')) throw usageError(({ text }) => text.notInJson, ...help);
  if (!json && options.has('my-number-in-json')) throw usageError(({ text }) => text.onlyInJson, ...help);
  const wantsNumber = options.has('my-number') || options.has('my-number-in-json');
  using pins = await PinEntry.open(context);
  const read = await withCard(context, async ({ applet, virtual, progress }) => {
    const text = await CardText.select(applet.connection);
    const { pin, ...verifying } = pins.asking('input-support', progress);
    progress.step(texts.card.readingText);
    await text.verifyPin(pin, verifying);
    const attributes = await text.readAttributes();
    // Text without its proof is text all the same.
    const proof = await ifThere(text.readProof());
    // Last of what may fail: what was read is wiped below.
    const number = wantsNumber ? await text.readMyNumber() : undefined;
    const what = { attributes: attributes.file, myNumber: number };
    const verdict = proof && (await ifThere(verifyCardText(proof, what)));
    return { attributes, number, verdict, virtual };
  });
  using number = read.number;
  if (json) out.json(textJson(read.attributes, number, read.verdict, context));
  else
    out.lines([
      heading(texts.text.title),
      ...(read.virtual ? [paragraph({ text: texts.status.virtual, style: 'yellow' })] : []),
      ...rows([...attributeRows(read.attributes, context), ...numberRows(number, context)]),
      ...(number ? [paragraph(texts.text.numberAct)] : []),
      ...section(texts.text.proof, ...verdictLines(read.verdict, context).map((line) => paragraph(line))),
    ]);
};

function attributeRows({ name, address, birthDate, sex }: CardAttributes, { texts }: Words): Row[] {
  const { holder, text } = texts;
  return [
    [holder.name, name],
    [holder.birthDate, holder.bornOn({ ...birthDate, era: undefined, eraYear: undefined })],
    [holder.sex, text.sexes[sex]],
    [holder.address, address],
  ];
}

function numberRows(number: MyNumber | undefined, { texts: { text } }: Words): Row[] {
  if (number === undefined) return [];
  return [[text.myNumber, number.masked, ...(number.hasCheckDigit ? [] : [text.noCheckDigit])]];
}

function verdictLines(verdict: CardTextVerdict | undefined, { texts: { text }, say }: Words): Segment[] {
  if (verdict === undefined) return [text.noProof];
  const found: Segment[] = verdict.matches
    ? [text.matches]
    : [
        { text: text.doesNotMatch, style: 'red' },
        ...verdict.findings.map((finding) => BULLET + say(finding.text)),
      ];
  return [
    ...found,
    say(verdict.basis),
    text.notChecked,
    ...verdict.notChecked.map((one) => BULLET + say(one)),
  ];
}

/** With stable keys. The number is there only where its own option asks for it. */
function textJson(
  { name, address, birthDate, sex }: CardAttributes,
  number: MyNumber | undefined,
  verdict: CardTextVerdict | undefined,
  { say }: Context,
) {
  const { iso, year, month, day } = birthDate;
  return {
    name,
    address,
    birthDate: { iso: iso ?? null, year: year ?? null, month: month ?? null, day: day ?? null },
    sex,
    ...(number && {
      myNumber: {
        digits: new TextDecoder().decode(number.digits),
        hasCheckDigit: number.hasCheckDigit,
      },
    }),
    proof: verdict
      ? {
          matches: verdict.matches,
          issuer: verdict.issuer ?? null,
          basis: say(verdict.basis),
          findings: verdict.findings.map(({ code, text }) => ({ code, message: say(text) })),
          notChecked: verdict.notChecked.map(say),
        }
      : null,
  };
}
