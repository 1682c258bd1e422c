import { expect } from 'chai';
import { messageOf } from './errors.ts';

describe('messageOf', () => {
  it('is the message of an error, and any other value as text', () => {
    expect(messageOf(new Error('no'))).to.equal('no');
    expect(messageOf('no')).to.equal('no');
  });

  it('names the last error of an AggregateError', () => {
    const tries = new AggregateError([new Error('refused'), new Error('timed out')], 'failed 2 times');
    expect(messageOf(tries)).to.equal('failed 2 times (timed out)');
  });
});
