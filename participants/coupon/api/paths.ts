/** The paths that more than one file of the coupon API names: the hot route's, the results', and the links of an answer. */

/** `POST`: requests a coupon. The hot route answers it. */
export const REQUEST_PATH = '/v1/campaigns/:id/requests';
/** The WebSocket of results. */
export const RESULTS_PATH = '/v1/coupon-results';

/** The links of a request: its own address, and the WebSocket that delivers its result. */
export function requestLinks(requestId: string): { self: string; results: string } {
  return { self: `/v1/coupon-requests/${requestId}`, results: RESULTS_PATH };
}
