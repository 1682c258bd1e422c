/** The table of the order saga, row by row: refused, unknown, compensate, hold. */
import { expect } from 'chai';
import type { Delivered } from '#engine/testing/saga-run.ts';
import {
  action,
  couponOrder,
  couponRedeemed,
  deadline,
  given,
  inventoryConfirmed,
  inventoryReserved,
  order,
  paymentCharged,
  reply,
  shippingPrepared,
} from './testing/given.ts';

/** The way forward to each step, of an order with a coupon and of one without. */
const way = {
  reserve: { plain: [], coupon: [] },
  redeem: { plain: null, coupon: [inventoryReserved] },
  charge: { plain: [inventoryReserved], coupon: [inventoryReserved, couponRedeemed] },
  confirm: {
    plain: [inventoryReserved, paymentCharged],
    coupon: [inventoryReserved, couponRedeemed, paymentCharged],
  },
  ship: {
    plain: [inventoryReserved, paymentCharged, inventoryConfirmed],
    coupon: [inventoryReserved, couponRedeemed, paymentCharged, inventoryConfirmed],
  },
} satisfies Record<string, { plain: Delivered[] | null; coupon: Delivered[] }>;

const rung = {
  release: ['compensating.releasingInventory', 'inventory.release'],
  restore: ['compensating.restoringCoupon', 'coupon.restore'],
  refund: ['compensating.refundingPayment', 'payment.refund'],
  cancel: ['compensating.cancellingShipping', 'shipping.cancel'],
} as const;
type Rung = keyof typeof rung;

/** Step, its refusal, where that enters; its delay, where that leads; where compensate enters. */
const TABLE: Array<[keyof typeof way, string, Rung | 'failed', string, Rung | 'hold', Rung]> = [
  ['reserve', 'inventory.refused', 'failed', 'reserveDeadline', 'release', 'release'],
  ['redeem', 'coupon.refused', 'release', 'redeemDeadline', 'restore', 'restore'],
  ['charge', 'payment.declined', 'restore', 'chargeDeadline', 'refund', 'refund'],
  ['confirm', 'inventory.confirmRefused', 'refund', 'confirmDeadline', 'hold', 'refund'],
  ['ship', 'shipping.refused', 'refund', 'shipDeadline', 'hold', 'cancel'],
];

describe('the order saga, row by row', () => {
  for (const kind of ['plain', 'coupon'] as const) {
    for (const [step, refusal, refused, delay, unknown, compensate] of TABLE) {
      const forward = way[step][kind];
      if (forward === null) continue;
      const at = () => given(kind === 'coupon' ? couponOrder : order).after(...forward);
      // Without a coupon there is nothing to restore.
      const real = (to: Rung): Rung => (to === 'restore' && kind === 'plain' ? 'release' : to);

      it(`${kind}: ${step} refused → ${refused === 'failed' ? 'failed' : real(refused)}`, () => {
        const run = at().when(refusal).publishes('order.failed').isNotStuck();
        if (refused === 'failed') run.issues().reaches('failed').isChecked(false);
        else run.issues(rung[real(refused)][1]).reaches(rung[real(refused)][0]);
        expect(run.row.context['failure']).to.deep.include({ reason: refusal });
      });

      it(`${kind}: ${step} unanswered → ${unknown}`, () => {
        const before = at();
        const run = before.when(deadline(delay));
        if (unknown === 'hold') {
          run.issues().publishes().reaches(before.row.state).isStuck(`${step}-unanswered`);
          expect(run.row.pending.awaiting).to.deep.equal(before.row.pending.awaiting);
        } else {
          run.issues(rung[unknown][1]).publishes('order.failed').reaches(rung[unknown][0]).isNotStuck();
        }
      });

      for (const name of ['compensate', 'cancel'] as const) {
        if (name === 'cancel' && step === 'ship') continue;
        it(`${kind}: ${name} at ${step} → ${compensate}`, () => {
          at()
            .when(action(name))
            .issues(rung[compensate][1])
            .publishes('order.failed')
            .reaches(rung[compensate][0]);
        });
      }
    }
  }

  const RUNGS: Array<[Rung, Delivered[], string, string, string]> = [
    [
      'cancel',
      [...way.ship.coupon, action('compensate')],
      'shipping.cancelled',
      'shipping.cancelRefused',
      rung.refund[0],
    ],
    [
      'refund',
      [...way.confirm.coupon, action('compensate')],
      'payment.refunded',
      'payment.refundRefused',
      rung.restore[0],
    ],
    [
      'restore',
      [...way.charge.coupon, 'payment.declined'],
      'coupon.restored',
      'coupon.restoreRefused',
      rung.release[0],
    ],
    [
      'release',
      [...way.redeem.coupon, 'coupon.refused'],
      'inventory.released',
      'inventory.releaseRefused',
      'failed',
    ],
  ];
  for (const [name, path, success, refusal, next] of RUNGS) {
    const at = () => given(couponOrder).after(...path);

    it(`${name} answered → ${next}`, () => at().when(success).publishes().reaches(next).isNotStuck());

    it(`${name} refused → hold, stuck`, () =>
      at().when(refusal).issues().publishes().reaches(rung[name][0]).isStuck('undo-refused'));

    it(`${name} unanswered → hold, stuck; its answer still counts and clears the incident`, () => {
      const held = at().when(deadline('undoDeadline')).issues().reaches(rung[name][0]);
      held.isStuck(`${name}-unanswered`).isChecked(true).awaits(rung[name][1]);
      held.when(success).reaches(next).isNotStuck();
    });

    it(`${name}: compensate and cancel are refused`, () => {
      at()
        .when(action('compensate'))
        .isRefused(/nothing to compensate/);
      at()
        .when(action('cancel'))
        .isRefused(/compensating/);
    });
  }

  it('runs forward to the end', () => {
    const run = given(couponOrder)
      .after(...way.ship.coupon)
      .when(shippingPrepared);
    run.issues().publishes('order.completed').reaches('completed').isChecked(false).isNotStuck();
    expect(run.row.context).to.deep.equal({
      hasCoupon: true,
      discount: 500,
      chargeId: 'ch_1',
      shipmentId: 'sh_1',
    });
  });

  it('says by which code a coupon was refused', () => {
    const data = { code: 'already-redeemed', text: 'The coupon was used for another order.' };
    const run = given(couponOrder).after(inventoryReserved).when(reply('coupon.refused', { data }));
    run.reaches('compensating.releasingInventory');
    const failed = run.taken.entry.out.find(({ event }) => event.type === 'order.failed');
    expect(failed?.event.data).to.deep.include({ reason: 'coupon.refused', ...data });
  });

  it('refuses compensate and cancel where it has ended', () => {
    const completed = given().after(...way.ship.plain, shippingPrepared);
    completed.when(action('compensate')).isRefused(/nothing to compensate in completed/);
    completed.when(action('cancel')).isRefused(/the order is completed/);
    const failed = given().after('inventory.refused');
    failed.when(action('compensate')).isRefused(/nothing to compensate in failed/);
    failed.when(action('cancel')).isRefused(/the order is failed/);
  });

  it('takes the discount off what is charged, never below nothing', () => {
    const charged = (discount: number) => {
      const redeemed = given(couponOrder)
        .after(inventoryReserved)
        .when((definition, row) => {
          const plain = couponRedeemed(definition, row);
          return { ...plain, envelope: { ...plain.envelope, data: { discount } } };
        });
      return redeemed.taken.entry.out.map(({ event }) => (event.data as { amount: number }).amount);
    };
    expect(charged(500)).to.deep.equal([4_500]);
    expect(charged(9_999)).to.deep.equal([0]);
  });
});
