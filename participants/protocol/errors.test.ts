/** What a log says of an error. */
import { expect } from 'chai';
import { messageOf } from './errors.ts';

describe('the text of an error', () => {
  it('is its message, and of something else that was thrown what it is as text', () => {
    expect(messageOf(new Error('no'))).to.equal('no');
    expect(messageOf('no')).to.equal('no');
  });

  it('names the last of several tries', () => {
    const tries = new AggregateError([new Error('refused'), new Error('timed out')], 'failed 2 times');
    expect(messageOf(tries)).to.equal('failed 2 times (timed out)');
  });
});
