import { expect } from 'chai';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { watchTopic } from './topic-watch.ts';

describe('watchTopic', () => {
  /** Watches while the brokers report these identities, one after the other, and then the last one. */
  const watch = async (expected: string | null, ...reported: Array<string | Error>) => {
    const reasons: string[] = [];
    let reads = 0;
    const topicId = async () => {
      const one = reported[Math.min(reads++, reported.length - 1)] ?? '';
      if (one instanceof Error) throw one;
      return one;
    };
    const watch = watchTopic({ topicId }, 'requests', (reason) => void reasons.push(reason), 1);
    watch.expect(expected);
    if (expected !== null)
      await waitUntil(
        () => reads,
        (count) => count > reported.length || reasons.length > 0,
      );
    await watch.close();
    return reasons;
  };

  it('reports a topic with another identity, once', async () => {
    expect(await watch('a', 'a', 'b')).to.deep.equal(['requests was a, and is b']);
  });

  it('takes no answer for no change', async () => {
    expect(await watch('a', new Error('no such topic'), 'a')).to.deep.equal([]);
  });
});
