import { expect } from 'chai';
import { failureText, TEXT_MAX } from './failure-text.mjs';

const BOUND = 4_400;

describe('the text of a failure at the end of all output', () => {
  it('has all of a message of many lines, then where it was thrown', () => {
    const message = [
      'last seen: [',
      ...Array.from({ length: 40 }, (_, n) => `  { number: ${n} },`),
      ']',
    ].join('\n');
    const text = failureText('a.int.ts: a test', new Error(message));
    const lines = text.split('\n');
    expect(lines[0]).to.equal('a.int.ts: a test');
    for (const line of message.split('\n').slice(1)) expect(lines).to.include(`  ${line}`);
    expect(lines.slice(43)).to.have.length.within(1, 5);
    for (const line of lines.slice(43)) expect(line).to.match(/^ {2}at /);
  });

  it('keeps the beginning and the end of one that is too long, and says how much it left out', () => {
    const error = new Error(`begins ${'x'.repeat(3 * TEXT_MAX)} ends`);
    const text = failureText('t', error);
    expect(text.length).to.be.below(BOUND);
    expect(text).to.match(/^t\n {2}Error: begins x+\n {2}… \d+ characters …\n {2}x+ ends\n {2}at /);
  });

  it('shows the difference and the cause, and what is no error', () => {
    const error = new Error('expected [ Array(1) ] to deeply equal [ Array(1) ]', {
      cause: 'the cable was cut',
    });
    const text = failureText('t', error, '\n  + expected - actual\n  -1\n  +2\n');
    expect(text).to.include("caused by 'the cable was cut'").and.include('  -1\n').and.include('  +2\n');
    const several = new AggregateError([new Error('broker 1'), new Error('broker 2')], 'no broker');
    expect(failureText('t', several)).to.match(/no broker\n.*broker 1.*broker 2/s);
    expect(failureText('t', { code: 'ECONNREFUSED' })).to.include("code: 'ECONNREFUSED'");
  });
});
