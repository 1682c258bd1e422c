/** Text from outside reaches a terminal, a table or a log without power over it. */
import { expect } from 'chai';
import { printable, printableIn, printableLines } from './printable.ts';

const UNSAFE: Readonly<Record<string, string>> = {
  'a colour (ESC)': '\u001b[31m',
  'a window title (OSC, BEL)': '\u001b]0;title\u0007',
  'the clipboard (OSC 52)': '\u001b]52;c;cHduZWQ=\u0007',
  'an 8-bit CSI': '\u009b2J',
  DEL: '\u007f',
  'a carriage return over the line': 'real\rforged',
  'a forged line': 'ada\n42  completed',
  'a tab': 'a\tb',
  'text turned around': '\u202eeda\u202c',
  'an isolate': '\u2066x\u2069',
  'a line separator': 'a\u2028b',
  'U+0000': 'a\u0000b',
  'half of a surrogate pair': 'a\ud800b',
};

describe('a text to show', () => {
  for (const [what, text] of Object.entries(UNSAFE)) {
    it(`has ${what} escaped`, () => {
      const shown = printable(text);
      expect(shown).not.to.match(/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
      expect(JSON.parse(`"${shown}"`)).to.equal(text);
    });
  }

  it('keeps letters of every script, signs and emoji', () => {
    const text = 'Ærøskøbing 東京 עברית 👩‍👩‍👧 €5 "quoted" \\ done';
    expect(printable(text)).to.equal(text);
  });

  it('of several lines keeps them, and JSON stays the same JSON', () => {
    const value = { id: '\u009b31m\u202e', lines: ['a\nb', '\u001b'] };
    const shown = printableLines(JSON.stringify(value, null, 2));
    expect(shown.replaceAll('\n', '')).not.to.match(/[\p{Cc}\u202e]/u);
    expect(JSON.parse(shown)).to.deep.equal(value);
  });

  it('is made so throughout a value', () => {
    expect(printableIn({ '\u001b': ['\u0007', 1, null, { a: '\r' }] })).to.deep.equal({
      '\\u001b': ['\\u0007', 1, null, { a: '\\u000d' }],
    });
  });
});
