/** Judges the answers of a burst against the rows: coupons too many, coupons too few, false answers. */

/** A coupon's row. */
export interface Row {
  readonly id: string;
  readonly userId: string;
  /** The message that won it. */
  readonly requestId: string;
}

/** The answer to a request, read after the burst. */
export interface RequestAnswer {
  readonly userId: string;
  /** The id of its message. */
  readonly messageId: string;
  /** null: the API never accepted the request, or does not find it. */
  readonly answer: Answer | null;
}

export interface Answer {
  readonly status: string;
  readonly reason?: string;
  readonly couponId?: string;
}

export interface CampaignState {
  readonly total: number;
  /** As the campaign counts. */
  readonly issued: number;
  readonly rows: readonly Row[];
}

export interface Verdict {
  /** Rows. */
  readonly issued: number;
  /** Coupons beyond the total, and beyond one a user. */
  readonly over: number;
  /** Requested coupons that no user has. */
  readonly under: number;
  /** Requests without an end. */
  readonly unanswered: number;
  /** Answers that the rows contradict. */
  readonly untruthful: number;
  /** Examples of the violations; empty: the burst is right. */
  readonly problems: readonly string[];
}

const EXAMPLES_MAX = 5;

/** Judges a burst that has come to rest. */
export function judge({ total, issued, rows }: CampaignState, answers: readonly RequestAnswer[]): Verdict {
  const rowOf = new Map(rows.map((row) => [row.userId, row]));
  const requested = new Set(answers.map(({ messageId }) => messageId));
  const users = new Set(answers.map(({ userId }) => userId));
  const over = Math.max(0, rows.length - total) + rows.length - rowOf.size;
  const under = Math.max(0, Math.min(total, users.size) - rowOf.size);
  const open = answers.filter(({ answer }) => answer === null || answer.status === 'pending');
  const contradictions = answers.flatMap((one) => {
    const why = contradictionOf(one, rowOf.get(one.userId), rows.length >= total);
    return why === null ? [] : [`${one.messageId} was answered ${JSON.stringify(one.answer)}: ${why}`];
  });
  const strangers = rows.filter(({ requestId }) => !requested.has(requestId));
  const problems = [
    ...(over > 0 ? [`${over} coupons too many`] : []),
    ...(under > 0 ? [`${under} coupons too few`] : []),
    ...(issued === rows.length ? [] : [`the campaign counts ${issued} issued, and there are ${rows.length}`]),
    ...strangers
      .slice(0, EXAMPLES_MAX)
      .map(({ requestId }) => `${requestId} has a coupon and made no request`),
    ...open.slice(0, EXAMPLES_MAX).map(({ messageId }) => `${messageId} was not answered`),
    ...contradictions.slice(0, EXAMPLES_MAX),
  ];
  return {
    issued: rows.length,
    over,
    under,
    unanswered: open.length,
    untruthful: contradictions.length,
    problems,
  };
}

/** Why an answer is not true; null: it is, or there is none. */
function contradictionOf(
  { answer, messageId }: RequestAnswer,
  row: Row | undefined,
  isSoldOut: boolean,
): string | null {
  if (answer === null || answer.status === 'pending') return null;
  const { status, reason, couponId } = answer;
  const hasWon = row?.requestId === messageId;
  if (status === 'issued')
    return hasWon && row.id === couponId ? null : `the user's row is ${JSON.stringify(row)}`;
  if (status !== 'failed') return 'there is no such status';
  if (hasWon) return `it has won ${row.id}`;
  if (reason === 'duplicate') return row === undefined ? 'the user has no coupon' : null;
  if (reason === 'sold-out') {
    if (row !== undefined) return `the user has ${row.id}`;
    return isSoldOut ? null : 'there are coupons left';
  }
  return 'the campaign was open, and nothing was lost';
}
