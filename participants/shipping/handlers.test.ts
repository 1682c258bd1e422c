import { expect } from 'chai';
import type { Command } from '#runtime/participant.ts';
import { served } from './countries.ts';
import { cancel } from './handlers.ts';
import type { Shipment } from './store.ts';

const prepareId = 'a/shipping.prepare';

function undoOf(replyType: string | null): Command {
  const state = replyType === null ? 'tombstone' : 'answered';
  return {
    id: 'a/shipping.cancel',
    sagaId: 'a',
    data: {},
    targets: [{ commandId: prepareId, state, replyType }],
  };
}
const shipments = (state: Shipment['state']): Shipment[] => [
  { sagaId: 'a', commandId: 'a/shipping.prepare#2', state: 'prepared' },
  { sagaId: 'a', commandId: prepareId, state },
];

describe('shipping', () => {
  it('serves a list of countries', () => {
    for (const country of ['DE', 'FR', 'US', 'KR', 'JP']) expect(served(country), country).to.equal(true);
    for (const country of ['AQ', 'XX', '', 'de']) expect(served(country), country).to.equal(false);
  });

  for (const [what, replyType, state, finding] of [
    ['a prepared shipment', 'shipping.prepared', 'prepared', 'undone'],
    ['a shipment cancelled before', 'shipping.prepared', 'cancelled', 'undone'],
    ['a command that never came', null, null, 'not-executed'],
    ['a command that was refused', 'shipping.refused', null, 'refused'],
  ] as const) {
    it(`cancelling finds ${what}: ${finding}`, () => {
      const reply = cancel(undoOf(replyType), state === null ? [] : shipments(state));
      expect(reply).to.deep.equal({ type: 'shipping.cancelled', data: { found: { [prepareId]: finding } } });
    });
  }

  it('refuses to cancel a shipment that has left, or one without a row', () => {
    const left = cancel(undoOf('shipping.prepared'), shipments('handed-over'));
    expect(left).to.deep.include({ type: 'shipping.cancelRefused' });
    expect(left.data).to.include({ code: 'handed-over' });
    expect(cancel(undoOf('shipping.prepared'), []).data).to.include({ code: 'shipment-missing' });
  });
});
