import { expect } from 'chai';
import type { InRecord } from '#protocol/envelope.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { silent } from '../process/log.ts';
import { handleConfirmed, type TopicWatch, watchTopic, watchTopics } from './topic-watch.ts';

const recordOf = (topic: string, offset: number): InRecord => ({
  topic,
  partition: 0,
  offset,
  key: 'key',
  value: null,
  timestamp: 0,
});

type Reported = Array<string | null> | Error;

describe('watchTopic', () => {
  let reasons: string[];
  let reads: number;
  /** Watches while the brokers report these identities, one after the other, and then the last ones. */
  const watchWhile = (everyMs: number, ...reported: Reported[]): TopicWatch => {
    [reasons, reads] = [[], 0];
    const topicIds = async () => {
      const some = reported[Math.min(reads++, reported.length - 1)] ?? [];
      if (some instanceof Error) throw some;
      return some;
    };
    const onReplaced = (reason: string) => void reasons.push(reason);
    return watchTopic({ reader: { topicIds }, topic: 'requests', onReplaced, log: silent, everyMs });
  };
  /** What the clock finds. */
  const found = async (...reported: Reported[]) => {
    const watch = watchWhile(1, ...reported);
    watch.expect('a');
    await waitUntil(
      () => reads,
      (count) => count > reported.length || reasons.length > 0,
    );
    await watch.close();
    return reasons;
  };
  const NEVER_MS = 60_000;

  it('reports a topic with another identity, once', async () => {
    expect(await found(['a'], ['b'])).to.deep.equal(['requests was a, and is b']);
  });

  it('reports an identity that one broker alone has', async () => {
    expect(await found(['a', 'b'])).to.deep.equal(['requests was a, and is b']);
  });

  it('takes no answer for no change', async () => {
    expect(await found(new Error('no such topic'), [null], ['a'])).to.deep.equal([]);
  });

  it('confirms the identity, and asks the brokers each time', async () => {
    const watch = watchWhile(NEVER_MS, ['a'], ['a', 'a']);
    watch.expect('a');
    expect([await watch.confirm(), await watch.confirm()]).to.deep.equal([true, true]);
    expect(reads).to.equal(2);
    await watch.close();
  });

  it('confirms at once where the brokers report no identities', async () => {
    const watch = watchWhile(NEVER_MS, ['b']);
    watch.expect(null);
    expect(await watch.confirm()).to.equal(true);
    expect(reads).to.equal(0);
    await watch.close();
  });

  it('confirms nothing while a broker reports no such topic, or none answers', async () => {
    const watch = watchWhile(NEVER_MS, ['a', null], new Error('away'), ['a']);
    watch.expect('a');
    expect(await watch.confirm()).to.equal(true);
    expect(reads).to.equal(3);
    await watch.close();
  });

  it('handles no record once the topic is another one', async () => {
    const watch = watchWhile(NEVER_MS, ['b']);
    watch.expect('a');
    let handled = 0;
    const handling = handleConfirmed(async () => {
      handled += 1;
      return { published: Promise.resolve() };
    }, watch)([]);
    await waitUntil(
      () => reasons,
      ({ length }) => length > 0,
    );
    await watch.close();
    await handling;
    expect(handled).to.equal(0);
    expect(reasons).to.deep.equal(['requests was a, and is b']);
  });

  it('leaves records of an assignment that has ended, whatever the topic is now', async () => {
    const watch = watchWhile(NEVER_MS, ['a']);
    watch.expect('a');
    let handled = 0;
    const handling = handleConfirmed(async () => {
      handled += 1;
      return { published: Promise.resolve() };
    }, watch)([]);
    watch.expect('a');
    await handling;
    await watch.close();
    expect(handled).to.equal(0);
  });
});

describe('watchTopics', () => {
  const REPORTED = new Map([
    ['shop.requests', 'a'],
    ['shop.results', 'b'],
  ]);
  /** The topics that the brokers report on while batches of records of these topics are handled. */
  const requestedFor = async (...batches: string[][]) => {
    const requested: string[] = [];
    const topicIds = async (topic: string) => {
      requested.push(topic);
      return [REPORTED.get(topic) ?? null];
    };
    const watches = watchTopics({
      reader: { topicIds },
      topics: ['requests', 'results'],
      prefix: 'shop.',
      onReplaced: expect.fail,
      log: silent,
      everyMs: 60_000,
    });
    watches.expect(
      new Map([
        ['requests', 'a'],
        ['results', 'b'],
      ]),
    );
    let handled = 0;
    const handle = watches.handleConfirmed(async () => {
      handled += 1;
      return { published: Promise.resolve() };
    });
    for (const batch of batches) await handle(batch.map(recordOf));
    await watches.close();
    expect(handled).to.equal(batches.length);
    return requested;
  };

  it('confirms each topic that a batch has records of, by its name with the prefix', async () => {
    expect(await requestedFor(['requests', 'requests'], ['results'])).to.deep.equal([
      'shop.requests',
      'shop.results',
    ]);
    expect(await requestedFor(['results', 'requests'])).to.have.members(['shop.requests', 'shop.results']);
  });

  it('confirms no topic that a batch has no record of', async () => {
    expect(await requestedFor(['clock'], [])).to.deep.equal([]);
  });
});
