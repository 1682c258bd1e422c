import { expect } from 'chai';
import { uuidv7InPartition } from '#protocol/ids.ts';
import { startProgress } from './progress.ts';

describe('the recovery of orders', () => {
  it('needs one in every partition, accepted after the moment', () => {
    const progress = startProgress(2);
    const [early, a, b] = [0, 0, 1].map((partition) => uuidv7InPartition(1, partition, 2));
    progress.accepted(early ?? '', 5);
    const recovery = progress.watch(10);
    progress.accepted(a ?? '', 11);
    progress.accepted(b ?? '', 12);
    progress.completed(b ?? '', 20);
    progress.completed(early ?? '', 25);
    expect(recovery.at).to.equal(null);
    progress.completed(a ?? '', 30);
    expect(recovery.at).to.equal(30);
  });

  it('does not count an order twice, or one that was never accepted', () => {
    const progress = startProgress(2);
    const [a, b] = [0, 1].map((partition) => uuidv7InPartition(1, partition, 2));
    const recovery = progress.watch(0);
    progress.accepted(a ?? '', 1);
    progress.completed(a ?? '', 2);
    progress.completed(a ?? '', 3);
    progress.completed(b ?? '', 4);
    expect(recovery.at).to.equal(null);
  });
});
