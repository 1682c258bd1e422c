import { expect } from 'chai';
import { levelOf, type Participant, worstFirst } from './src/screens/participants/worst-first.ts';

const participantOf = (participant: string, lag: number | null, oldestUnreadAtLeastMs = 0): Participant => ({
  ...{ participant, group: participant, members: 1, failures: [] },
  queue:
    lag === null
      ? null
      : {
          ...{
            lag,
            oldestUnreadAtLeastMs,
            oldestUnreadMs: null,
            readPerSecond: null,
            writtenPerSecond: null,
          },
          ...{ worst: null, topics: [] },
        },
});

describe('participants, worst first', () => {
  it('begin with the one whose message has waited longest', () => {
    const items = [
      participantOf('unknown', null),
      participantOf('good', 0),
      participantOf('many', 900, 2_500),
      participantOf('old', 1, 60_000),
      participantOf('more', 901, 2_500),
    ];
    expect(worstFirst(items).map(({ participant }) => participant)).to.deep.equal([
      ...['old', 'more', 'many', 'good', 'unknown'],
    ]);
  });

  it('are late once a message has waited for long, and unread where nobody is there', () => {
    const queue = { lag: 1, oldestUnreadAtLeastMs: 2_500 };
    expect(levelOf(queue, 1)).to.equal('good');
    expect(levelOf(queue, 0)).to.equal('unread');
    expect(levelOf({ ...queue, oldestUnreadAtLeastMs: 30_000 }, null)).to.equal('late');
    expect(levelOf({ lag: 0, oldestUnreadAtLeastMs: 0 }, 0)).to.equal('good');
    expect(levelOf(null, 0)).to.equal('good');
  });
});
