/** The coupons' OpenAPI document. */
import { openApiContract } from '#platform/http/testing/openapi.contract.ts';
import type { CouponApiParts } from './api-parts.ts';
import { couponApp } from './app.ts';

describe("the coupons' openapi.json", () => {
  // The document needs none of the parts: no route is called.
  const parts = {} as unknown as CouponApiParts;
  openApiContract(() => couponApp(parts, () => null));
});
