-- What an order holds: a restore looks for it, and no order holds two.
CREATE UNIQUE INDEX coupons_redeemed_by_key ON coupon.coupons (redeemed_by) WHERE redeemed_by IS NOT NULL;
