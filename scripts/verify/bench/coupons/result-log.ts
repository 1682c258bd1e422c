/** The results received on the WebSockets, by the requests' ids. */

/** A result as a WebSocket delivers it, or as a request's address answers. */
export interface CouponResult {
  readonly requestId: string;
  readonly campaignId: string;
  readonly userId: string;
  readonly status: string;
  readonly couponId?: string;
  readonly reason?: string;
}

/** The received results. */
export interface ResultLog {
  /** Takes a text of a socket. @returns the results in it, none when it holds others */
  add(text: string): readonly CouponResult[];
  readonly byRequest: ReadonlyMap<string, CouponResult>;
  /** How often a result arrived again. */
  readonly repeats: number;
}

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

/** The outcome of a result: `issued`, or the reason. */
export function outcomeOf({ status, reason }: Pick<CouponResult, 'status' | 'reason'>): string {
  return reason ?? status;
}
