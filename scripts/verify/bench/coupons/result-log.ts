/** What was told of requests on the WebSockets, kept by the requests' ids until the run is over. */

/** A result as a WebSocket tells it, or as a request's address answers. */
export interface CouponResult {
  readonly requestId: string;
  readonly campaignId: string;
  readonly userId: string;
  readonly status: string;
  readonly couponId?: string;
  readonly reason?: string;
}

/** What was heard. */
export interface ResultLog {
  /** Takes a text of a socket. @returns the results in it, none when it holds others */
  add(text: string): readonly CouponResult[];
  readonly byRequest: ReadonlyMap<string, CouponResult>;
  /** How often a request was told again that had been told. */
  readonly repeats: number;
}

/** Nothing is told yet. */
export function resultLog(): ResultLog {
  const byRequest = new Map<string, CouponResult>();
  let repeats = 0;
  return {
    add(text) {
      const { results = [] } = JSON.parse(text) as { results?: readonly CouponResult[] };
      for (const result of results) {
        if (byRequest.has(result.requestId)) repeats += 1;
        else byRequest.set(result.requestId, result);
      }
      return results;
    },
    byRequest,
    get repeats() {
      return repeats;
    },
  };
}

/** What a result says, in a word: `issued`, or why not. */
export function outcomeOf({ status, reason }: Pick<CouponResult, 'status' | 'reason'>): string {
  return reason ?? status;
}
