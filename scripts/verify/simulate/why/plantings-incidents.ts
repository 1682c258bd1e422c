/** Plantings of what needs a person: steps and undos that are not answered or refused, parked messages. */
import { acts, answers, charged, edits, finds, notes, seconds, starts, stops, until } from './moves.ts';
import type { PlantedDay } from './planted-day.ts';
import type { Planting } from './planting.ts';

/** The engines could not take an answer to the charge, and parked it. */
const parksAnswer = (day: PlantedDay, id: string) =>
  day.store.raiseIncident(
    id,
    {
      code: 'parked',
      text: `${id}/payment.charge/reply was parked: unsafe`,
      participant: 'orchestrator',
      at: null,
    },
    new Date(day.world.nowMs),
  );

export const INCIDENTS: readonly Planting[] = [
  {
    name: 'the confirmation is never answered',
    options: { hurried: true },
    // Inventory goes between the reservation and the confirmation, and nobody reads the one that was sent.
    moves: [until('chargingPayment'), stops('inventory-1'), seconds(90)],
    cause: 'step-unanswered',
    says: /needs a person .*inventory\.confirm was not answered in time/i,
  },
  {
    name: 'the shipment is never answered',
    options: { hurried: true, silent: ['shipping'] },
    moves: [seconds(60)],
    cause: 'step-unanswered',
    says: /shipping\.prepare was not answered in time/,
  },
  {
    name: 'the refund is never answered',
    options: { hurried: true, silent: ['payment'] },
    moves: [seconds(120)],
    cause: 'undo-unanswered',
    says: /payment\.refund was not answered in time, so what it undoes may still stand/,
  },
  {
    name: 'the release of stock is never answered',
    options: { hurried: true },
    order: { payment: { method: 'pm_card_chargeDeclined' } },
    moves: [until('chargingPayment'), stops('inventory-1'), seconds(120)],
    cause: 'undo-unanswered',
    says: /inventory\.release was not answered in time/,
  },
  {
    name: 'payment refuses the refund',
    options: { silent: ['payment'] },
    moves: [
      until('chargingPayment'),
      acts('cancel'),
      until('compensating.refundingPayment'),
      answers('payment.refundRefused', 'payment.refund', { code: 'charge_disputed' }),
      seconds(1),
    ],
    cause: 'undo-refused',
    says: /payment\.refund was refused, so what it undoes still stands/,
  },
  {
    name: 'shipping refuses to cancel',
    options: { silent: ['shipping'] },
    moves: [
      until('preparingShipping'),
      acts('compensate'),
      until('compensating.cancellingShipping'),
      answers('shipping.cancelRefused', 'shipping.cancel', { code: 'handed-over' }),
      seconds(1),
    ],
    cause: 'undo-refused',
    says: /shipping\.cancel was refused/,
  },
  {
    name: 'the step to undo was skipped on a person’s word',
    options: { silent: ['payment'], without: ['shipping'] },
    moves: [
      until('chargingPayment'),
      acts('skip', {
        evidence: 'paid in cash',
        result: { chargeId: 'cash', amount: 5_000, currency: 'EUR' },
      }),
      seconds(1),
      finds('payment.revoked', 'not-executed'),
      until('preparingShipping'),
      acts('compensate'),
      starts('shipping'),
      until('compensating.refundingPayment'),
      finds('payment.refunded', 'undone'),
      seconds(2),
    ],
    cause: 'undo-needs-evidence',
    says: /payment\.refund concerns a step that a person skipped.*paid in cash/,
  },
  {
    name: 'a charge that was given up succeeds while the rest is undone',
    options: { hurried: true, silent: ['payment'] },
    moves: [
      until('compensating.refundingPayment'),
      stops('inventory-1'),
      finds('payment.refunded', 'not-executed'),
      until('compensating.releasingInventory'),
      charged,
      seconds(1),
    ],
    cause: 'late-success',
    says: /a command that was given up succeeded after all/,
  },
  {
    name: 'payment parks the charge',
    options: { silent: ['payment'] },
    moves: [
      until('chargingPayment'),
      notes('payment.parked', 'payment.charge', 'refused-by-database', 'value too long'),
      seconds(1),
    ],
    cause: 'command-parked',
    says: /payment could not handle its command and parked it; payment\.charge: value too long/,
  },
  {
    name: 'the engine cannot read a reply of it',
    options: { silent: ['payment'] },
    moves: [
      until('chargingPayment'),
      answers('payment.charged', 'payment.charge', { chargeId: 7 }),
      seconds(1),
    ],
    cause: 'dead-letter',
    says: /orchestrator parked a message of it .*read from payment-completed; invalid-data/,
  },
  {
    name: 'no engine can take a message of it',
    options: { silent: ['payment'] },
    moves: [until('chargingPayment'), parksAnswer],
    cause: 'message-parked',
    says: /an engine could not handle a message of it and parked it/,
  },
  {
    name: 'payment reports a refund that came back while stock is released',
    order: { shippingAddress: { country: 'AQ' } },
    moves: [
      until('compensating.releasingInventory'),
      stops('inventory-1'),
      notes('payment.incident', 'payment.refund', 'refund-failed', 're_1: failed'),
      seconds(0.5),
    ],
    cause: 'participant-incident',
    says: /payment reports refund-failed about payment\.refund/,
  },
  {
    name: 'the definition raises an incident of its own',
    options: { silent: ['payment'] },
    moves: [
      until('chargingPayment'),
      edits((_, { world }) => ({
        stuck: {
          since: new Date(world.nowMs).toISOString(),
          code: 'price-changed',
          text: 'the price rose',
        },
      })),
    ],
    cause: 'other-incident',
    says: /needs a person .*price-changed in chargingPayment; the price rose/i,
  },
];
