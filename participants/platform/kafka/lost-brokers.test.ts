import { expect } from 'chai';
import { LOST_AFTER_MS, watchForLoss } from './lost-brokers.ts';

/** As many as reach from one end of the time to the other. */
const CHECKS = LOST_AFTER_MS / 1_000 + 1;

describe('a consumer whose connections are all down', () => {
  /** What the checks answer, one letter each: connected, up (and not connected), down. */
  const watched = async (answers: string) => {
    let lost = 0;
    let at = -1;
    let ended = () => {};
    const end = new Promise<void>((resolve) => {
      ended = resolve;
    });
    const watch = watchForLoss({
      isConnected: async () => answers[at] === 'c',
      areUp: async () => answers[at] === 'u',
      onLost: () => {
        lost += 1;
      },
      now: () => at * 1_000,
      pause: async () => {
        at += 1;
        if (at < answers.length) return;
        watch.close();
        ended();
      },
    });
    watch.suspect();
    watch.suspect();
    await Promise.race([end, new Promise((resolve) => setTimeout(resolve, 20))]);
    return lost;
  };

  it('is lost when it finds none of the brokers that are up', async () => {
    expect(await watched('u'.repeat(CHECKS))).to.equal(1);
  });

  it('is not lost while the brokers are down, however long', async () => {
    expect(await watched('d'.repeat(10 * CHECKS))).to.equal(0);
  });

  it('has its time from the moment the brokers are up', async () => {
    expect(await watched(`${'u'.repeat(CHECKS - 1)}d${'u'.repeat(CHECKS - 1)}`)).to.equal(0);
  });

  it('is not lost once it is connected again', async () => {
    expect(await watched(`${'u'.repeat(CHECKS - 1)}c${'u'.repeat(CHECKS)}`)).to.equal(0);
  });
});
