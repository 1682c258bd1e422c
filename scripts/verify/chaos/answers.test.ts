import { expect } from 'chai';
import { judgeAnswers, type Post } from './answers.ts';

const post = (sentAt: number, status: number, more: Partial<Post> = {}): Post => ({
  sentAt,
  endedAt: sentAt + 10,
  status,
  retryAfter: status === 503,
  ...more,
});
const database = { noticed: 'database' as const, from: 10_000, returnedAt: 20_000 };

describe('the answers to POST /v1/orders', () => {
  it('count against availability outside the faults of the API and its database only', () => {
    const posts = [
      post(1_000, 202),
      post(9_000, 503),
      post(12_000, 503),
      post(24_000, 503),
      post(26_000, 202),
    ];
    const { outside } = judgeAnswers(posts, [database]);
    expect(outside).to.deep.equal({ accepted: 2, unavailable: 1, unanswered: 0, other: 0, share: 2 / 3 });
  });

  it('belong to a fault that began while they were awaited', () => {
    const { outside, excuses } = judgeAnswers([post(9_990, 503, { endedAt: 10_500 })], [database]);
    expect(outside).to.include({ unavailable: 0, share: 1 });
    expect(excuses[0]).to.include({ unavailable: 1, wrong: 0 });
  });

  it('may be nothing but 503 with Retry-After while the database is away', () => {
    const posts = [
      post(11_000, 503),
      post(12_000, 500),
      post(13_000, 0),
      post(14_000, 503, { retryAfter: false }),
    ];
    expect(judgeAnswers(posts, [database]).excuses[0]).to.include({ wrong: 3, unavailable: 2, other: 1 });
  });

  it('may fail to come while the API itself is away', () => {
    const posts = [post(11_000, 0), post(12_000, 503), post(13_000, 500)];
    expect(judgeAnswers(posts, [{ ...database, noticed: 'api' }]).excuses[0]).to.include({ wrong: 1 });
  });

  it('show when the API accepted orders again, by orders sent since the fault', () => {
    const posts = [
      post(9_000, 202, { endedAt: 20_100 }),
      post(12_000, 202, { endedAt: 20_700 }),
      post(21_000, 202),
    ];
    expect(judgeAnswers(posts, [database]).excuses[0]?.answeringAfterMs).to.equal(700);
    expect(judgeAnswers([post(11_000, 503)], [database]).excuses[0]?.answeringAfterMs).to.equal(null);
  });
});
