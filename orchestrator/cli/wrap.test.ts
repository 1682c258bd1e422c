/** Lines broken at spaces for a terminal. */
import { expect } from 'chai';
import { wrap } from './wrap.ts';

describe('a line for a terminal', () => {
  it('stays whole where it fits, or where no terminal shows it', () => {
    expect(wrap('one two three', 13, 2)).to.equal('one two three');
    expect(wrap('x '.repeat(200), undefined, 2)).to.equal('x '.repeat(200));
  });

  it('goes on below, indented, and no line is longer than the terminal', () => {
    const text = `12:00  ${'word '.repeat(60).trim()}`;
    const lines = wrap(text, 100, 7).split('\n');
    expect(lines).to.have.length(4);
    expect(Math.max(...lines.map((line) => line.length))).to.be.at.most(100);
    expect(lines.slice(1).every((line) => line.startsWith('       word'))).to.equal(true);
    expect(lines.map((line) => line.trim()).join(' ')).to.equal(text);
  });

  it('keeps a word that is longer than a line, and the indentation of its own', () => {
    expect(wrap(`  id: ${'x'.repeat(50)} end`, 45, 4)).to.equal(`  id:\n    ${'x'.repeat(50)}\n    end`);
  });
});
