/**
 * Judges the answers to `POST /v1/orders`: 202 outside the faults of the API and of its database, and the permitted
 * ones within.
 */

/** After the return of the failed part the API may refuse orders for so long, ms. */
export const ANSWERS_AGAIN_WITHIN_MS = 5_000;

/** The share of 202 outside those faults. */
export const AVAILABILITY_GOAL = 0.999;

/** One POST. Times are ms of the run. */
export interface Post {
  readonly sentAt: number;
  /** When its answer came, or was given up. */
  readonly endedAt: number;
  /** 0: no answer. */
  readonly status: number;
  readonly retryAfter: boolean;
}

/** A time in which callers may notice a fault. */
export interface Excuse {
  readonly noticed: 'api' | 'database';
  readonly from: number;
  /** When the failed part was back. */
  readonly returnedAt: number;
}

/** How many POSTs were answered how. */
export interface AnswerCounts {
  readonly accepted: number;
  readonly unavailable: number;
  readonly unanswered: number;
  readonly other: number;
}

/** The answers during one excuse. */
export interface ExcuseVerdict extends AnswerCounts {
  /** Answers that even then must not be: another status, a 503 without Retry-After, none while the API lived. */
  readonly wrong: number;
  /** From the return to the first 202 after it, ms; null: none came. */
  readonly answeringAfterMs: number | null;
}

export interface AnswersVerdict {
  readonly outside: AnswerCounts & { readonly share: number };
  /** In the order of the excuses. */
  readonly excuses: readonly ExcuseVerdict[];
}

/** Judges all POSTs of a run. */
export function judgeAnswers(posts: readonly Post[], excuses: readonly Excuse[]): AnswersVerdict {
  const within = (post: Post, { from, returnedAt }: Excuse) =>
    post.sentAt <= returnedAt + ANSWERS_AGAIN_WITHIN_MS && post.endedAt >= from;
  const outside = countAnswers(posts.filter((post) => !excuses.some((excuse) => within(post, excuse))));
  const all = outside.accepted + outside.unavailable + outside.unanswered + outside.other;
  return {
    outside: { ...outside, share: all === 0 ? 1 : outside.accepted / all },
    excuses: excuses.map((excuse) =>
      judgeExcuse(
        posts.filter((post) => within(post, excuse)),
        excuse,
      ),
    ),
  };
}

/** Counts answers by their status. */
export function countAnswers(posts: readonly Post[]): AnswerCounts {
  const count = (is: (status: number) => boolean) => posts.filter(({ status }) => is(status)).length;
  return {
    accepted: count((status) => status === 202),
    // 504: its outcome is unknown; the answer has the order's address.
    unavailable: count((status) => status === 503 || status === 504),
    unanswered: count((status) => status === 0),
    other: count((status) => ![202, 503, 504, 0].includes(status)),
  };
}

function judgeExcuse(posts: readonly Post[], { noticed, from, returnedAt }: Excuse): ExcuseVerdict {
  const isRight = ({ status, retryAfter }: Post) =>
    status === 202 || (status === 503 && retryAfter) || status === 504 || (status === 0 && noticed === 'api');
  const after = posts
    .filter(({ status, sentAt, endedAt }) => status === 202 && sentAt >= from && endedAt >= returnedAt)
    .reduce((first, { endedAt }) => Math.min(first, endedAt - returnedAt), Number.POSITIVE_INFINITY);
  return {
    ...countAnswers(posts),
    wrong: posts.filter((post) => !isRight(post)).length,
    answeringAfterMs: Number.isFinite(after) ? after : null,
  };
}
