import { describe, expect, it } from 'vitest';
import { StatusWord } from '../../src/iso7816/index.js';

const of = (value: number): StatusWord => new StatusWord(value);

describe('a status word', () => {
  /** The word, then a part of its meaning in each language: ISO/IEC 7816-4 tables 5 and 6, docs/card.md section 4. */
  it.each<[number, RegExp, RegExp]>([
    [0x9000, /^done$/, /正常/],
    [0x6100, /256 or more bytes/, /256 バイト以上/],
    [0x6110, /^16 more bytes/, /16 バイト/],
    [0x6281, /warning, nothing changed/, /警告/],
    [0x6282, /end of file/, /ファイルの終わり/],
    [0x6300, /PIN wrong, tries left not told/, /暗証番号不一致.*通知なし/],
    [0x6381, /warning, state changed/, /警告/],
    [0x63c0, /0 tries left/, /残り 0 回/],
    [0x63c1, /1 try left/, /残り 1 回/],
    [0x63c3, /3 tries left/, /残り 3 回/],
    [0x63cf, /15 tries left/, /残り 15 回/],
    [0x6400, /execution error, nothing changed/, /実行エラー/],
    [0x6581, /execution error, state changed/, /実行エラー/],
    [0x6600, /security/, /セキュリティ/],
    [0x6700, /wrong length/, /長さ/],
    [0x6881, /logical channel/, /論理チャネル/],
    [0x6882, /secure messaging/, /セキュアメッセージング/],
    [0x6883, /function in CLA/, /CLA/],
    [0x6884, /command chaining/, /チェイニング/],
    [0x6981, /kind of file/, /ファイルの種類/],
    [0x6982, /PIN needed first/, /先に暗証番号/],
    [0x6983, /PIN locked/, /ロック/],
    [0x6984, /PIN locked/, /ロック/],
    [0x6985, /conditions of use/, /使用条件/],
    [0x6986, /no current file/, /カレントファイル/],
    [0x6999, /not allowed/, /許可/],
    [0x6a80, /wrong data/, /データ/],
    [0x6a82, /no such file or application/, /ファイルまたはアプリケーションがない/],
    [0x6a86, /wrong P1 or P2/, /P1 または P2/],
    [0x6a88, /no such key or PIN/, /鍵または暗証番号がない/],
    [0x6a8f, /wrong parameters/, /パラメーター/],
    [0x6b00, /offset past the end/, /オフセット/],
    [0x6c00, /wrong Le, 256 is right/, /256/],
    [0x6c20, /wrong Le, 32 is right/, /32/],
    [0x6d00, /instruction not supported/, /命令/],
    [0x6e00, /class not supported/, /クラス/],
    [0x6f00, /no precise diagnosis/, /詳細不明/],
    [0x6000, /does not define/, /定義のない/],
    [0x9001, /does not define/, /定義のない/],
  ])('%# says what it means in English and Japanese', (value, en, ja) => {
    expect(of(value).meaning.en).toMatch(en);
    expect(of(value).meaning.ja).toMatch(ja);
  });

  it('has a meaning in both languages whatever it is', () => {
    for (let value = 0; value <= 0xffff; value++) {
      const { en, ja } = of(value).meaning;
      if (en.length < 4 || !/[^ -~]/.test(ja)) expect([value, en, ja]).toBe('a meaning in both languages');
    }
  });

  it('tells the tries left for 63Cx alone', () => {
    expect([0x63c0, 0x63c1, 0x63c3, 0x63cf].map((value) => of(value).triesLeft)).toEqual([0, 1, 3, 15]);
    for (const value of [0x6300, 0x63b1, 0x63d0, 0x6983, 0x6984, 0x9000, 0x62c1]) {
      expect(of(value).triesLeft).toBeUndefined();
    }
  });

  it('tells the bytes available for 61xx alone, where 00 is 256', () => {
    expect([0x6101, 0x61ff, 0x6100].map((value) => of(value).bytesAvailable)).toEqual([1, 255, 256]);
    for (const value of [0x9000, 0x6c10, 0x6201]) expect(of(value).bytesAvailable).toBeUndefined();
  });

  it('tells the right Le for 6Cxx alone, where 00 is 256', () => {
    expect([0x6c01, 0x6cff, 0x6c00].map((value) => of(value).exactLe)).toEqual([1, 255, 256]);
    for (const value of [0x9000, 0x6110, 0x6700, 0x6b00, 0x6d00]) expect(of(value).exactLe).toBeUndefined();
  });

  it('says locked for 6983 and 6984 alone', () => {
    const words = Array.from({ length: 0x10000 }, (_, value) => value);
    expect(words.filter((value) => of(value).saysLocked)).toEqual([0x6983, 0x6984]);
  });

  it('is done for 9000 alone', () => {
    const words = Array.from({ length: 0x10000 }, (_, value) => value);
    expect(words.filter((value) => of(value).isDone)).toEqual([0x9000]);
  });

  it('has two bytes, and is written as four digits', () => {
    expect([of(0x6a82).sw1, of(0x6a82).sw2]).toEqual([0x6a, 0x82]);
    expect(String(of(0x6a82))).toBe('6A82');
    expect(String(of(0x0001))).toBe('0001');
  });
});
