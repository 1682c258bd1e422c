/** A file in another encoding is refused by line and name, instead of loaded with garbled skus. */
import { expect } from 'chai';
import { textProblem } from './csv-encoding.ts';

const TEXT = 'sku,quantity\ncup,3\ncafé,4\n';

describe('the encoding of a CSV file', () => {
  const cases: Readonly<Record<string, [Buffer, RegExp | null]>> = {
    'UTF-8': [Buffer.from(TEXT), null],
    'UTF-8 with a byte order mark': [Buffer.from(`\uFEFF${TEXT}`), null],
    CRLF: [Buffer.from(TEXT.replaceAll('\n', '\r\n')), null],
    'nothing at all': [Buffer.alloc(0), null],
    'ISO 8859-1': [Buffer.from(TEXT, 'latin1'), /^line 3: .*Windows-1252 or ISO 8859-1/],
    'Windows-1252': [Buffer.from('cup,3\n\x80uro\xe9,4\n', 'latin1'), /^line 2: .*, Windows-1252:/],
    'ISO 8859-1 in its last line': [Buffer.from('cup,3\ncaf\xe9,4', 'latin1'), /^line 2: /],
    'UTF-16 with its BOM': [Buffer.from(`\uFEFF${TEXT}`, 'utf16le'), /^line 1: .*UTF-16/],
    'UTF-16, big-endian': [Buffer.from(`\uFEFF${TEXT}`, 'utf16le').swap16(), /^line 1: .*UTF-16/],
    'UTF-16 without a BOM': [Buffer.from(TEXT, 'utf16le'), /^line 1: .*UTF-16/],
    'U+0000': [Buffer.from('cup,3\ntea\0,4\n'), /^line 2: it holds U\+0000/],
    'a cut letter at its end': [Buffer.from(TEXT).subarray(0, -4), /^line 3: /],
  };
  for (const [what, [bytes, expected]] of Object.entries(cases)) {
    it(`${what}: ${expected === null ? 'is read' : 'is refused by its line'}`, () => {
      const problem = textProblem(bytes);
      if (expected === null) expect(problem).to.equal(null);
      else expect(problem).to.match(expected);
    });
  }
});
