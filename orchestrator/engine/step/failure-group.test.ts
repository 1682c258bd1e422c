/** Whose failure an incident or a last failure is, and that sagas which fail alike have one fingerprint. */
import { expect } from 'chai';
import {
  deadline,
  given,
  inventoryConfirmed,
  inventoryReserved,
  notice,
  paymentCharged,
  shippingPrepared,
} from '#orchestrator/sagas/order/testing/given.ts';
import { fingerprintOf } from './fingerprint.ts';

const charging = () => given().after(inventoryReserved);
const outage = (text: string) => notice('payment.delayed', 1, { code: 'gateway-unavailable', text });

describe('the failure of a saga', () => {
  it('is its participant’s, under the fingerprint of the text', () => {
    const text = 'no answer for 3 s';
    const { lastFailure } = charging().after(outage(text)).row;
    expect(lastFailure).to.include({
      participant: 'payment',
      fingerprint: fingerprintOf({ participant: 'payment', code: 'gateway-unavailable', text }),
    });
    const other = charging().after(outage('no answer for 12.5 s')).row;
    expect(other.lastFailure?.fingerprint).to.equal(lastFailure?.fingerprint);
  });

  for (const [what, stuck, participant] of [
    ['a parked command', () => charging().when(notice('payment.parked')), 'payment'],
    [
      'a command without an answer',
      () => given().after(inventoryReserved, paymentCharged).when(deadline('confirmDeadline')),
      'inventory',
    ],
    [
      'a refused undo',
      () => charging().after('payment.declined').when('inventory.releaseRefused'),
      'inventory',
    ],
  ] as const) {
    it(`makes the incident of ${what} that participant’s`, () => {
      const { row } = stuck();
      expect(row.stuck).to.include({ participant });
      expect(row.stuck?.fingerprint).to.match(/^[0-9a-f]{16}$/);
    });
  }

  it('keeps its fingerprint while its incident is open', () => {
    const parked = charging().when(notice('payment.parked'));
    const again = parked.after(notice('payment.delayed', 2)).row;
    expect(again.stuck).to.deep.equal(parked.row.stuck);
  });

  it('costs a saga that goes well nothing', () => {
    const { row } = given().after(inventoryReserved, paymentCharged, inventoryConfirmed, shippingPrepared);
    expect(row).to.include({ status: 'completed', stuck: null, lastFailure: null });
    expect(JSON.stringify(row)).not.to.match(/fingerprint|participant/);
  });
});
