import { describe, expect, it } from 'vitest';
import { parseBirthDate } from '../../src/certificate/holder.js';
import { compareHolderAddress, compareHolderName, type Holder } from '../../src/certificate/index.js';

const marked = (text: string, marks: string): Holder['nameSubstitutes'] =>
  [...text].map((character, index) => ({ index, character })).filter(({ index }) => marks[index] === '1');

const holder = (name: string, marks = '', address = ''): Holder => ({
  name,
  nameSubstitutes: marked(name, marks),
  sex: 'unknown',
  birthDate: parseBirthDate('000000000'),
  address,
  addressSubstitutes: [],
});
const compareName = (name: string, typed: string, marks = '') =>
  compareHolderName(holder(name, marks), typed).result;
const compareAddress = (address: string, typed: string) =>
  compareHolderAddress(holder('', '', address), typed).result;

describe('a typed name', () => {
  it.each([
    ['架空　花子', '架空花子'],
    ['架空　花子', '架空 花子'],
    ['架空　花子', ' 架空\u00a0\u3000花子 '],
    ['SAMPLE　ANNA', 'Sample Anna'],
    ['SAMPLE　ANNA', 'ＳＡＭＰＬＥ　ＡＮＮＡ'],
    ['カガミ　パピ', 'ｶｶﾞﾐ ﾊﾟﾋﾟ'],
    ['MARY－JANE　EXAMPLE', 'Mary-Jane Example'],
    ['MARY-JANE　EXAMPLE', 'Mary‐Jane Example'],
    // A macOS file name holds が as か and a combining mark.
    ['架空　がく', '架空 か\u3099く'],
  ])('%s is the same as %s', (name, typed) => {
    expect(compareName(name, typed)).toBe('equal');
  });

  it.each([
    ['架空　花子', '架空　華子'],
    ['架空　花子', '架空　花'],
    ['架空　花子', ''],
    ['MARY-JANE　EXAMPLE', 'Maryjane Example'],
    ['センター', 'センタ-'],
    // U+FA19, a compatibility ideograph, and U+795E: a register tells them apart.
    ['\uFA19　花子', '\u795E　花子'],
    ['\u{2F8A6}　花子', '\u6148　花子'],
  ])('%s is not %s', (name, typed) => {
    expect(compareName(name, typed)).toBe('different');
  });
});

describe('a typed address', () => {
  it.each([
    ['架空市見本町１－２－３', '架空市見本町1-2-3'],
    ['架空市見本町１－２－３', '架空市見本町１−２−３'],
    ['架空市見本町１－２－３', '架空市見本町１‐２―３'],
    ['架空市見本町１－２－３', '架空市見本町1ー2ー3'],
    ['架空市見本町１－２－３', '架空市 見本町 １ｰ２ｰ３'],
    ['架空市センター町　ハイツ１０１', '架空市ｾﾝﾀｰ町ﾊｲﾂ101'],
  ])('%s is the same as %s', (address, typed) => {
    expect(compareAddress(address, typed)).toBe('equal');
  });

  it('with another spelling of the lot number is another text', () => {
    expect(compareAddress('架空市見本町１丁目２番３号', '架空市見本町1-2-3')).toBe('different');
  });
});

describe('a substitute character', () => {
  it.each([
    ['the real character', '髙見　花子', '高見　花子', '10000'],
    ['the very substitute', '高見　花子', '高見　花子', '10000'],
    ['a character outside the BMP', '吉見　花子', '𠮷見 花子', '10000'],
    ['a character with a variation selector', '辻見　花子', '辻\u{E0100}見花子', '10000'],
    ['two in a row', '高辻　花子', '髙辻花子', '11000'],
    ['one at the end', '架空　花子', '架空花孑', '00001'],
    ['one in the middle', '架見空　花子', '架視空花子', '010000'],
  ])('is never equal: %s', (_, name, typed, marks) => {
    expect(compareName(name, typed, marks)).toBe('cannot-be-compared');
  });

  it.each([
    ['the rest differs', '高見　花子', '高見　華子', '10000'],
    ['a character is missing', '高見　花子', '見花子', '10000'],
    ['there is much more text', '高見　花子', '高高高高高高見花子', '10000'],
    ['the middle differs', '高見辻　花', '高視辻花', '10100'],
    ['the end has no room for the second one', '架一見二花', '架三四見花', '01010'],
    ['first and last would share a character', '花高花', '花', '010'],
  ])('does not hide that the texts differ: %s', (_, name, typed, marks) => {
    expect(compareName(name, typed, marks)).toBe('different');
  });

  it('is named in the answer', () => {
    expect(compareHolderName(holder('高見　花子', '10000'), '髙見花子').substitutes).toEqual([
      { index: 0, character: '高' },
    ]);
  });

  it('at an unknown place makes every comparison impossible', () => {
    const unknown: Holder = { ...holder('高見　花子'), nameSubstitutes: undefined };
    expect(compareHolderName(unknown, '高見花子').result).toBe('cannot-be-compared');
  });

  it('does not match the mark it is replaced with while comparing', () => {
    expect(compareName('花\uFFFC', '花')).toBe('different');
  });
});

it('compares a megabyte of text without delay', () => {
  const started = performance.now();
  expect(compareName('高見辻　花', 'あ'.repeat(1_000_000), '10100')).toBe('different');
  expect(compareName('架空　花子', ' '.repeat(1_000_000))).toBe('different');
  expect(performance.now() - started).toBeLessThan(2000);
});
