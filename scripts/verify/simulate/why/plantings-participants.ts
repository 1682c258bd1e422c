/** Plantings of participants: away, behind, standing still, failing, slow, silent. */
import { GatewayOutage, type OutageCode } from '#participants/payment/gateway.ts';
import { acts, does, type Move, notes, seconds, stops, until } from './moves.ts';
import type { PlantedDay } from './planted-day.ts';
import type { Planting } from './planting.ts';

/** The gateway's every call fails alike, for an order and those before it. */
async function failing(
  day: PlantedDay,
  code: OutageCode,
  { orders = 5, before = 0, afterMs = 25_000 } = {},
): Promise<string> {
  for (let n = 0; n < before; n++) day.place();
  await day.run(before * 200);
  day.stop('payment-1');
  await day.run(9_000);
  const fails = async () => Promise.reject(new GatewayOutage(code, 'planted'));
  day.gatewayAnswers({ create: fails, confirm: fails, retrieve: fails });
  day.start('payment');
  await day.run(2_000);
  let id = '';
  for (let n = 0; n < orders; n++) id = day.place();
  await day.run(afterMs);
  return id;
}

/** Its charge is under way at a slow gateway. */
const charging = (afterS: number): readonly Move[] => [
  does(({ observer }) => {
    observer.usual = { chargingPayment: { p50Ms: 1_200, p95Ms: 1_800, samples: 100 } };
  }),
  until('chargingPayment'),
  seconds(afterS),
];

/** How the gateway may fail, and what is said of it. */
const OUTAGES = [
  ['gateway-limited', 'takes no more calls for now'],
  ['gateway-unreachable', 'cannot be reached'],
  ['gateway-refuses-key', 'refuses our credentials'],
  ['gateway-timed-out', 'does not answer in time'],
] as const;

export const PARTICIPANTS: readonly Planting[] = [
  {
    name: 'payment is not there',
    options: { without: ['payment'] },
    moves: [seconds(5)],
    cause: 'participant-absent',
    says: /waits for payment\.charge; no process of payment is in its group; 0 records are before it/i,
  },
  {
    name: 'shipping is not there',
    options: { without: ['shipping'] },
    async plant(day) {
      day.place();
      const id = day.place();
      await day.run(8_000);
      return id;
    },
    cause: 'participant-absent',
    says: /waits for shipping\.prepare; no process of shipping is in its group/i,
  },
  {
    name: 'inventory goes before it has undone',
    async plant(day) {
      const id = day.place({ payment: { method: 'pm_card_chargeDeclined' } });
      await day.until(id, 'compensating.releasingInventory');
      day.stop('inventory-1');
      await day.run(9_000);
      if (day.row(id).endedAt === null) return id;
      // Its answer was on the way: an order whose release comes after the end of inventory.
      const next = day.place({}, {});
      await day.run(3_000);
      return next;
    },
    cause: 'participant-absent',
    says: /no process of inventory is in its group/,
  },
  {
    name: 'payment reads the charge and dies',
    options: { silent: ['payment'] },
    moves: [seconds(16), stops('payment-1'), seconds(9)],
    cause: 'participant-absent',
    says: /no process of payment is in its group; it read the command .* ago and left/,
  },
  {
    name: 'payment is not there, and inventory has the order',
    options: { without: ['payment'], silent: ['inventory'] },
    moves: [until('reservingInventory'), seconds(1)],
    cause: 'being-handled',
    says: /waits for inventory\.reserve/i,
    unknown: /no process of payment is in its group/,
  },
  {
    name: 'payment is behind',
    options: { silent: ['payment'] },
    async plant(day) {
      for (let n = 0; n < 30; n++) day.place();
      await day.run(3_000);
      day.freeze('payment-1', 5_000);
      for (let n = 0; n < 40; n++) day.place();
      const id = day.place();
      await day.until(id, 'chargingPayment');
      await day.run(200);
      return id;
    },
    cause: 'command-queued',
    says: /waits for payment\.charge; payment has not read it yet; \d+ records are before it in its partition/i,
  },
  {
    name: 'payment stands still',
    async plant(day) {
      day.freeze('payment-1', 600_000);
      const id = day.place();
      await day.run(45_000);
      return id;
    },
    cause: 'participant-stands-still',
    says: /payment reads nothing of its partition/,
  },
  ...OUTAGES.map(
    ([code, text]): Planting => ({
      name: `the gateway: ${code}`,
      plant: (day) => failing(day, code),
      cause: 'participant-delayed',
      says: new RegExp(
        `waits for payment\\.charge; payment read it .* ago and reported ${code} .*${text}; 4 others say the same`,
        'i',
      ),
    }),
  ),
  {
    name: 'the gateway fails, and has charged others just before',
    plant: (day) => failing(day, 'gateway-unreachable', { before: 20, afterMs: 5_000 }),
    cause: 'participant-delayed',
    says: /reported gateway-unreachable once, .*; 4 others say the same/,
    unknown: /nobody has got an answer to payment\.charge since that failure/,
  },
  {
    name: 'the bank has yet to confirm the refund',
    options: { silent: ['payment'] },
    moves: [
      until('chargingPayment'),
      acts('cancel'),
      until('compensating.refundingPayment'),
      seconds(14),
      notes('payment.pending', 'payment.refund', 'refund-pending', 'the bank has yet to confirm'),
      seconds(1),
    ],
    cause: 'third-party-decides',
    says: /payment has acted and waits for a third party; the bank has yet to confirm/,
  },
  {
    name: 'payment has just read the charge',
    options: { silent: ['payment'] },
    moves: charging(0.6),
    cause: 'being-handled',
    says: /payment read it within .*; usual is 1\.2 s/,
  },
  {
    name: 'the charge takes longer than it usually does',
    options: { silent: ['payment'] },
    moves: charging(9),
    cause: 'slower-than-usual',
    says: /payment read it .*; usual is 1\.2 s/,
    unknown: /nobody has got an answer to payment\.charge since it takes longer than usual/,
  },
  {
    name: 'payment does not answer, though the charge was sent again',
    options: { silent: ['payment'] },
    moves: charging(35),
    cause: 'unanswered',
    says: /has not answered it though it was sent again (once|twice)/,
  },
  {
    name: 'inventory does not answer, and nothing says why',
    options: { silent: ['inventory'] },
    moves: [seconds(34)],
    cause: 'stalled',
    says: /waits for inventory\.reserve; .* and reported nothing, longer than is normal for reservingInventory/i,
  },
];
