/** Plantings of what people do: pauses, brakes, actions. */
import { acts, charged, does, type Move, seconds, until } from './moves.ts';
import type { PlantedDay } from './planted-day.ts';
import type { Planting } from './planting.ts';

const BRAKE = 'b0000000-0000-4000-8000-000000000001';

/** A person holds a command, so that the brake is in force before any order comes to it. */
function holds(day: PlantedDay, command: string): void {
  const setAt = new Date(day.world.nowMs);
  const set = { id: BRAKE, holds: command, reason: 'the gateway is away', setBy: 'otto', setAt };
  day.brakes.set(command, BRAKE);
  day.observer.brakes.set(BRAKE, { ...set, perSecond: null, releasedAt: null });
}

/** The brake is released. */
const releases =
  (perSecond: number): Move =>
  ({ observer, world }) => {
    const set = observer.brakes.get(BRAKE);
    if (set !== undefined)
      observer.brakes.set(BRAKE, { ...set, perSecond, releasedAt: new Date(world.nowMs) });
  };

export const PEOPLE: readonly Planting[] = [
  {
    name: 'a person pauses it',
    options: { without: ['payment'] },
    moves: [until('chargingPayment'), acts('pause'), seconds(3)],
    cause: 'paused-by-person',
    says: /^Paused by olga for .*“a test of reasons”; it holds nothing back\.$/,
  },
  {
    name: 'a person pauses it, and its next step is held back',
    options: { without: ['payment'] },
    moves: [until('chargingPayment'), acts('pause'), seconds(1), charged, seconds(1)],
    cause: 'paused-by-person',
    says: /it holds inventory\.confirm back/,
  },
  {
    name: 'a brake holds its charge',
    moves: [does((day) => holds(day, 'payment.charge')), seconds(5)],
    cause: 'held-by-brake',
    says: /^Held before payment\.charge for .*by the brake that otto set at .*“the gateway is away”/,
  },
  {
    name: 'a brake holds its refund',
    order: { shippingAddress: { country: 'AQ' } },
    moves: [does((day) => day.brakes.set('payment.refund', BRAKE)), seconds(5)],
    cause: 'held-by-brake',
    says: /^Held before payment\.refund/,
  },
  {
    name: 'a brake on the charge is set while inventory has the order',
    options: { silent: ['inventory'] },
    moves: [until('reservingInventory'), does((day) => holds(day, 'payment.charge')), seconds(1)],
    cause: 'being-handled',
    says: /waits for inventory\.reserve/i,
    unknown: /a brake holds payment\.charge/,
  },
  {
    name: 'a brake was released at a rate, and others come first',
    async plant(day) {
      holds(day, 'payment.charge');
      const ids = Array.from({ length: 5 }, () => day.place());
      await day.run(5_000);
      const [last = ''] = ids.slice(-1);
      await releases(2)(day, last);
      return last;
    },
    cause: 'brake-releasing',
    says: /resumes 2 a second; [1-4] sagas? come before it/,
  },
  {
    name: 'a skip waits until payment says whether the charge can still happen',
    options: { silent: ['payment'] },
    moves: [
      until('chargingPayment'),
      acts('skip', { evidence: 'paid', result: { chargeId: 'c', amount: 5_000, currency: 'EUR' } }),
      seconds(5),
    ],
    cause: 'revoke-unanswered',
    says: /waits for payment\.revoke.*a person’s skip takes effect on its answer/i,
  },
  {
    name: 'a person’s action is not taken',
    options: { silent: ['payment'] },
    moves: [until('chargingPayment'), acts('pause', undefined, { taken: false }), seconds(5)],
    cause: 'action-waiting',
    says: /pause by olga waits for an engine since/i,
    besides: true,
  },
];
