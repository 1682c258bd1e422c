/** Canonical JSON by the examples of RFC 8785, and what it refuses. */
import { expect } from 'chai';
import { canonicalJson } from './canonical-json.ts';

describe('canonical JSON', () => {
  it('is the text of RFC 8785, section 3.2.2 and 3.2.3', () => {
    const value = JSON.parse(String.raw`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`);
    expect(canonicalJson(value)).to.equal(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
  });

  it('sorts names by their UTF-16 units, at every depth', () => {
    const value = JSON.parse(String.raw`{
      "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
      "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"
    }`);
    expect(Object.values(JSON.parse(canonicalJson([value]))[0])).to.deep.equal([
      'One',
      'Carriage Return',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ]);
  });

  it('is the same however a value was built, with fields that are undefined or absent', () => {
    expect(canonicalJson({ b: [{ y: 1, x: undefined }], a: -0 })).to.equal(
      canonicalJson({ a: 0, b: [{ y: 1 }], c: undefined }),
    );
    expect(canonicalJson([undefined])).to.equal('[null]');
  });

  it('refuses what JSON lacks', () => {
    for (const none of [Number.NaN, Number.POSITIVE_INFINITY, undefined, 1n, () => 1, new Date(0)])
      expect(() => canonicalJson(none)).to.throw(TypeError);
  });
});
