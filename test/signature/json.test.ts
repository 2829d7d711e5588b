import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJsonObject } from '../../src/signature/jws-read.js';

describe('a JSON object', () => {
  it('is read into its members', () => {
    expect(readJsonObject(' {"a": 1, "b": {"a": [1, {"a": ":"}, "{\\"a\\":"]}} ')).toEqual(
      new Map<string, unknown>([
        ['a', 1],
        ['b', { a: [1, { a: ':' }, '{"a":'] }],
      ]),
    );
  });

  it.each([
    '{"a":1,"a":1}',
    '{"a":1,"\\u0061":2}',
    '{"a":{"b":1,"c":[{"d":1},{"d":1,"e":2,"d":3}]}}',
    '{"":1,"":2}',
  ])('with one name twice is told apart: %s', (text) => {
    expect(readJsonObject(text)).toBe('repeated-name');
  });

  it.each(['', 'null', '1', '"a"', '[]', '[{"a":1}]', '{', '{"a":1,}', "{'a':1}", '{"a":1}x', '\u{feff}{}'])(
    'is not %s',
    (text) => {
      expect(readJsonObject(text)).toBe('malformed');
    },
  );

  it('has no members that it does not name itself', () => {
    const members = readJsonObject('{"__proto__":{"aud":1}}');
    if (typeof members === 'string') throw new Error(members);
    expect([...members.keys()]).toEqual(['__proto__']);
    expect(members.get('aud')).toBeUndefined();
  });

  it('of any other content is read as JSON.parse reads it', () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true });
    // Synchronous: fast-check's type allows for properties that are not.
    void fc.assert(
      fc.property(object, (value) => {
        const text = JSON.stringify(value);
        expect(readJsonObject(text)).toEqual(new Map(Object.entries(JSON.parse(text))));
      }),
    );
  });

  it('of any depth is read in no time', () => {
    const depth = 8000;
    expect(readJsonObject(`{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`)).toBeInstanceOf(Map);
    expect(readJsonObject(`{"a":"${'\\\\'.repeat(depth)}"}`)).toBeInstanceOf(Map);
  });
});
