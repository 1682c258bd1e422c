import { expect } from 'chai';
import { poll, waitUntil } from './wait-until.ts';

describe('waiting for a condition', () => {
  it('returns the first value that is as wanted', async () => {
    let n = 0;
    expect(
      await waitUntil(
        () => ++n,
        (seen) => seen === 3,
        { everyMs: 1 },
      ),
    ).to.equal(3);
  });

  it('fails with the name of the condition and the last value', async () => {
    const error = await waitUntil(
      () => ({ open: 2 }),
      ({ open }) => open === 0,
      { withinMs: 0, what: 'the end' },
    ).catch((thrown: Error) => thrown);
    expect((error as Error).message).to.equal('the end was not met within 0 ms; last seen: { open: 2 }');
  });

  it('polls without failing', async () => {
    expect(await poll(() => false, 0)).to.equal(undefined);
    expect(await poll(() => 'value', 0)).to.equal('value');
  });
});
