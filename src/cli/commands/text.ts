/** `jpki text show`: what the card says of its holder as text. */
import {
  type CardAttributes,
  CardText,
  type CardTextVerdict,
  type MyNumber,
  verifyCardText,
} from '../../card-text/index.js';
import { ifThere, withCard } from '../card.js';
import { isVirtualCard } from '../certificate.js';
import type { Context, Run } from '../context.js';
import { usageError } from '../failure.js';
import { PinEntry } from '../pins/pin-entry.js';
import { BULLET, heading, paragraph, type Row, rows, type Segment, section } from '../terminal/screen.js';
import type { Words } from '../text/index.js';

/** What was read, and what it is worth. */
interface TextRead {
  readonly attributes: CardAttributes;
  readonly number: MyNumber | undefined;
  readonly verdict: CardTextVerdict | undefined;
  /** Whether it is the command's own virtual card, by whose key it was judged. */
  readonly isOwn: boolean;
  /** That, or a virtual card in the PC/SC service: known by its certificate, and asked for it where the text's issuer is unknown. */
  readonly isVirtual: boolean;
}

export const textShow: Run = async (context) => {
  const { options, json, help, out, texts } = context;
  if (json && options.has('my-number')) throw usageError(({ text }) => text.notInJson, ...help);
  if (!json && options.has('my-number-in-json')) throw usageError(({ text }) => text.onlyInJson, ...help);
  const wantsNumber = options.has('my-number') || options.has('my-number-in-json');
  using pins = await PinEntry.open(context);
  const read = await withCard(context, async ({ applet, virtual, progress }): Promise<TextRead> => {
    const text = await CardText.select(applet.connection);
    const { pin, ...verifying } = pins.asking('input-support', progress);
    progress.step(texts.card.readingText);
    await text.verifyPin(pin, verifying);
    const attributes = await text.readAttributes();
    // Text without its proof is text all the same.
    const proof = await ifThere(text.readProof());
    // Behind all that may fail: nobody would wipe it.
    const number = wantsNumber ? await text.readMyNumber() : undefined;
    // The command's own virtual card is judged with the key of its own office, which judges nothing else.
    const what = { attributes: attributes.file, myNumber: number, issuers: virtual?.textIssuers };
    const verdict = proof && (await ifThere(verifyCardText(proof, what)));
    const isOwn = virtual !== undefined;
    const isVirtual = isOwn || (verdict?.issuer === undefined && (await isVirtualCard(applet)));
    return { attributes, number, verdict, isOwn, isVirtual };
  });
  using number = read.number;
  if (json) out.json(textJson(read, context));
  else
    out.lines([
      heading(texts.text.title),
      ...(read.isVirtual ? [paragraph({ text: texts.status.virtual, style: 'yellow' })] : []),
      ...rows([...attributeRows(read.attributes, context), ...numberRows(number, context)]),
      ...(number ? [paragraph(texts.text.numberAct)] : []),
      ...section(texts.text.proof, ...verdictLines(read, context).map((line) => paragraph(line))),
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

function verdictLines({ verdict, isOwn }: TextRead, { texts: { text }, say }: Words): Segment[] {
  if (verdict === undefined) return [text.noProof];
  const found: Segment[] = verdict.matches
    ? [isOwn ? { text: text.virtualMatches, style: 'yellow' } : text.matches]
    : [
        { text: text.doesNotMatch, style: 'red' },
        ...verdict.findings.map((finding) => BULLET + say(finding.text)),
      ];
  return [
    ...found,
    isOwn ? text.virtualBasis : say(verdict.basis),
    text.notChecked,
    ...verdict.notChecked.map((one) => BULLET + say(one)),
  ];
}

/** With stable keys. The number is there only where its own option asks for it. */
function textJson({ attributes, number, verdict, isOwn, isVirtual }: TextRead, { say, texts }: Context) {
  const { name, address, birthDate, sex } = attributes;
  const { iso, year, month, day } = birthDate;
  return {
    name,
    address,
    birthDate: { iso: iso ?? null, year: year ?? null, month: month ?? null, day: day ?? null },
    sex,
    virtual: isVirtual,
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
          basis: isOwn ? texts.text.virtualBasis : say(verdict.basis),
          findings: verdict.findings.map(({ code, text }) => ({ code, message: say(text) })),
          notChecked: verdict.notChecked.map(say),
        }
      : null,
  };
}
