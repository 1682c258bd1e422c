/** The customer's view of an order: its discount, its charge, and the reason of its failure. */
import { expect } from 'chai';
import {
  couponOrder,
  couponRedeemed,
  given,
  inventoryReserved,
  order,
  paymentCharged,
  reply,
} from '#orchestrator/sagas/order/testing/given.ts';
import { orderView } from './order.ts';

describe('the view of an order', () => {
  const shown = (run: ReturnType<typeof given>) => orderView(run.row);
  const redeemed = given(couponOrder).after(inventoryReserved, couponRedeemed);

  it('shows the discount once the coupon is redeemed, and the charge once it is paid', () => {
    expect(shown(given(couponOrder))).not.to.have.any.keys('discount', 'charged');
    expect(shown(redeemed))
      .to.include({ couponId: 'WELCOME', discount: 500 })
      .and.not.have.property('charged');
    expect(shown(redeemed.after(paymentCharged))).to.include({
      amount: 5_000,
      discount: 500,
      charged: 4_500,
    });
    expect(shown(given(order).after(inventoryReserved, paymentCharged)))
      .to.include({ charged: 5_000 })
      .and.not.have.property('discount');
  });

  it('shows neither while compensating, but the reason', () => {
    const back = shown(redeemed.after('payment.declined'));
    expect(back).to.include({ status: 'compensating', reason: 'payment.declined' });
    expect(back).not.to.have.any.keys('discount', 'charged');
    const data = { code: 'expired', text: 'The coupon is not valid any more.' };
    const refused = given(couponOrder).after(inventoryReserved, reply('coupon.refused', { data }));
    expect(shown(refused)).to.include({
      reason: 'coupon.refused',
      reasonCode: 'expired',
      reasonText: data.text,
    });
  });
});
