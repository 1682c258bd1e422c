import { expect } from 'chai';
import { findWords } from './words.ts';

const wordsIn = (text: string, file = 'orchestrator/engine/step/step.ts') =>
  findWords(file, text).map(({ word }) => word);

describe('the check of words', () => {
  it('names the line, the word and its replacement', () => {
    expect(findWords('README.md', 'one\nThe arena opens.')).to.deep.equal([
      { line: 2, word: 'arena', instead: 'environment' },
    ]);
  });

  it('splits identifiers, columns and file names into their words', () => {
    expect(wordsIn('const lookAt = row.look_at; // say-again, unrulyPublisher')).to.deep.equal([
      'say-again',
      'look',
      'look',
      'unruly',
    ]);
    expect(wordsIn('benchmark, bookmark, doorway, markdown, asking, artefacts, wireless')).to.deep.equal([]);
  });

  it('permits void as a type and as an operator, and as nothing else', () => {
    for (const code of [
      'function end(): void {',
      '  void publish();',
      'const f = () => void done();',
      'new Promise<void>((resolve) => resolve())',
      'run: () => void | Promise<void>;',
      'if (isOver) void end();',
    ])
      expect(wordsIn(code), code).to.deep.equal([]);
    expect(wordsIn("type: 'payment.void'")).to.deep.equal(['void']);
    expect(wordsIn('// the undo finds it void')).to.deep.equal(['void']);
  });

  it('permits the ticket of a WebSocket', () => {
    expect(wordsIn('a single-use ticket opens the WebSocket', 'README.md')).to.deep.equal([]);
    expect(
      wordsIn('const ticket = newTicket();', 'participants/coupon/api/sockets/upgrade.ts'),
    ).to.deep.equal([]);
    expect(wordsIn('each message enters on a ticket', 'README.md')).to.deep.equal(['ticket']);
  });

  it('permits marking a saga stuck, a look-up and a byte order mark', () => {
    expect(wordsIn('marks the saga as stuck; markStuck(id); lookUp(id); a byte order mark')).to.deep.equal(
      [],
    );
    expect(wordsIn('the mark of a partition')).to.deep.equal(['mark']);
  });

  it('reads names of several words', () => {
    expect(wordsIn('secondLimitMs, SECOND_LIMIT')).to.deep.equal(['secondLimitMs', 'SECOND_LIMIT']);
  });
});
