import { expect } from 'chai';
import { decode, encode, MAX_MESSAGE_BYTES } from './codec.ts';
import type { Envelope } from './envelope.ts';
import type { TerminalError } from './errors.ts';

const envelope = (data: unknown): Envelope => ({
  specversion: '1.0',
  id: 'a',
  type: 'b.c',
  source: '/test',
  time: '2026-11-22T10:00:00.000Z',
  subject: 's',
  datacontenttype: 'application/json',
  data,
});

const refused = (code: string) => (error: TerminalError) => error.code === code;
/** The envelope's bytes, without `encode`. */
const bytes = (data: unknown, changes: object = {}) =>
  Buffer.from(JSON.stringify({ ...envelope(data), ...changes }));

describe('the codec', () => {
  it('decodes what it encoded', () => {
    const given = envelope({ text: 'Größe 😀 \\u0000 \\ud800 "quoted"', list: [1, null, true] });
    expect(decode(Buffer.from(encode(given)))).to.deep.equal(given);
  });

  for (const [what, text] of [
    ['U+0000', 'a\u0000b'],
    ['a lone high surrogate', '\ud83d'],
    ['a lone low surrogate', '\ude00x'],
    ['U+0000 after a backslash', '\\\u0000'],
  ] as const) {
    it(`rejects ${what}, in values and in names, when it encodes and decodes`, () => {
      for (const data of [{ text }, { [text]: 1 }, [[text]]]) {
        expect(() => encode(envelope(data)))
          .to.throw()
          .that.satisfies(refused('unsafe-text'));
        expect(() => decode(bytes(data)))
          .to.throw()
          .that.satisfies(refused('unsafe-text'));
      }
    });
  }

  it('accepts an escaped backslash before the letter u', () => {
    for (const text of ['\\u0000', '\\\\u0000', 'c:\\users\\ud800']) {
      expect(decode(Buffer.from(encode(envelope({ text })))).data).to.deep.equal({ text });
    }
  });

  it('rejects nesting at which other parsers overflow their stacks, and nothing less', () => {
    const nested = (levels: number, text: string) =>
      Buffer.from(
        `${bytes({ text: 'a\\b'.padEnd(2_000) })
          .toString()
          .slice(0, -1)},"x":${'['.repeat(levels)}"${text}"${']'.repeat(levels)}}`,
      );
    for (const text of ['', '\\u0041']) {
      expect(() => JSON.stringify(decode(nested(90, text)))).not.to.throw();
      for (const levels of [101, 5_000, 120_000])
        expect(() => decode(nested(levels, text)), String(levels))
          .to.throw()
          .that.satisfies(refused('too-large'));
    }
  });

  it('rejects bytes that are not UTF-8, which decoding would replace', () => {
    const text = bytes({ text: 'X' }).toString('latin1').replace('X', '\xff');
    expect(() => decode(Buffer.from(text, 'latin1')))
      .to.throw()
      .that.satisfies(refused('not-json'));
  });

  it('rejects a message that is too large in bytes', () => {
    const fits = 'x'.repeat(MAX_MESSAGE_BYTES - encode(envelope({ text: '' })).length);
    expect(encode(envelope({ text: fits }))).to.have.length(MAX_MESSAGE_BYTES);
    expect(() => encode(envelope({ text: `${fits}x` })))
      .to.throw()
      .that.satisfies(refused('too-large'));
    const wide = 'ß'.repeat(MAX_MESSAGE_BYTES / 2);
    expect(() => encode(envelope({ text: wide })))
      .to.throw()
      .that.satisfies(refused('too-large'));
    expect(() => decode(bytes({ text: wide })))
      .to.throw()
      .that.satisfies(refused('too-large'));
  });

  it('rejects no value, no JSON and no envelope', () => {
    expect(() => decode(null))
      .to.throw()
      .that.satisfies(refused('not-json'));
    expect(() => decode(Buffer.from('{')))
      .to.throw()
      .that.satisfies(refused('not-json'));
    for (const changes of [
      { specversion: '0.3' },
      { id: '' },
      { time: 'yesterday' },
      { subject: undefined },
    ]) {
      expect(() => decode(bytes({}, changes)))
        .to.throw()
        .that.satisfies(refused('not-an-envelope'));
    }
  });

  it('accepts unknown extensions', () => {
    expect(decode(bytes({}, { tracestate: 'x=1' }))).to.have.property('tracestate', 'x=1');
  });

  it('refuses a record that is not UTF-8, which decoding would change', () => {
    const text = encode(envelope({ name: 'caf\u00e9' }));
    expect(() => decode(Buffer.from(text, 'latin1'))).to.throw('not UTF-8');
  });
});
