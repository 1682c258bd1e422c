/** What counts as the end of a saga that a batch acted on, and what as its failing again. */
import { expect } from 'chai';
import { PLAN_CHANGED } from '#engine/step/plan-hash.ts';
import type { ActedSaga } from '#orchestrator/store/saga-batch-store.ts';
import { judge } from './judge.ts';

const APPLIED_MS = Date.parse('2026-11-30T03:00:00.000Z');
const PATIENCE = { watchMs: 300_000, delayMs: 15_000, silenceMs: 30_000 };
const iso = (ms: number) => new Date(ms).toISOString();
const RETRIED: ActedSaga = {
  number: 1,
  actionState: 'applied',
  actionDetail: 's/payment.refund',
  appliedAt: new Date(APPLIED_MS),
  status: 'compensating',
  state: 'compensating.refundingPayment',
  reason: 'charge.timed-out',
  endedAt: null,
  stuck: null,
  lastFailure: null,
  isAwaiting: true,
  awaitsLastFailed: false,
};
const incidentAt = (ms: number, code = 'undo-refused') => ({
  stuck: { since: iso(ms), code, fingerprint: `payment/${code}` },
});
const noticeAt = (ms: number) => ({
  lastFailure: { at: iso(ms), commandId: 's/payment.refund', code: 'gateway-error', text: 'it is down' },
  awaitsLastFailed: true,
});
const after = (ms: number, change: Partial<ActedSaga> = {}) =>
  judge('retry', { ...RETRIED, ...change }, APPLIED_MS - 500, PATIENCE, APPLIED_MS + ms);
const ended = (status: 'completed' | 'failed') => ({
  status,
  endedAt: new Date(APPLIED_MS + 10),
  isAwaiting: false,
});

describe('the outcome of a saga that a batch acted on', () => {
  it('is its end', () => {
    expect(after(50, ended('completed'))).to.deep.equal({ outcome: 'completed', detail: null });
    expect(after(50, ended('failed'))).to.deep.equal({ outcome: 'compensated', detail: 'charge.timed-out' });
    expect(after(50, { ...ended('failed'), isAwaiting: true }), 'a late undo is open').to.equal(null);
  });

  it('is a new incident, not the one that the action was for', () => {
    expect(after(50, incidentAt(APPLIED_MS + 20))).to.deep.equal({
      outcome: 'failed-again',
      detail: 'undo-refused',
      fingerprint: 'payment/undo-refused',
    });
    expect(after(50, incidentAt(APPLIED_MS - 20))).to.equal(null);
    expect(after(50, incidentAt(APPLIED_MS + 20, 'late-success')), 'it closes itself').to.equal(null);
  });

  // Regression: a gateway that had just come back was called too late for a short limit, and the batch stopped again at once.
  it('is not the silence of a participant that may still answer, for a while', () => {
    const silentAt = (ms: number) => incidentAt(ms, 'refund-unanswered');
    expect(after(29_999, silentAt(APPLIED_MS + 5_000))).to.equal(null);
    expect(after(30_000, silentAt(APPLIED_MS + 5_000))).to.include({
      outcome: 'failed-again',
      fingerprint: 'payment/refund-unanswered',
    });
    expect(after(120_001, silentAt(APPLIED_MS + 120_000)), 'a longer limit').to.include({
      outcome: 'failed-again',
    });
    expect(after(30_000, silentAt(APPLIED_MS - 20)), 'the one it was for').to.equal(null);
    expect(after(14_999, incidentAt(APPLIED_MS + 20, 'parked')), 'no silence').to.include({
      outcome: 'failed-again',
    });
  });

  it('is not silence where the participant has reported why it waits', () => {
    const both = { ...incidentAt(APPLIED_MS + 5_000, 'refund-unanswered'), ...noticeAt(APPLIED_MS + 1_000) };
    expect(after(15_999, both)).to.equal(null);
    expect(after(16_000, both)).to.include({ outcome: 'failed-again' });
  });

  it('is a failure reported since, once it has delayed the saga for a while', () => {
    expect(after(20_000, noticeAt(APPLIED_MS + 1_000))).to.include({ outcome: 'failed-again' });
    expect(after(10_000, noticeAt(APPLIED_MS + 1_000)), 'it may pass by itself').to.equal(null);
    expect(after(20_000, noticeAt(APPLIED_MS - 1_000)), 'it was before').to.equal(null);
    const answered = { ...noticeAt(APPLIED_MS + 1_000), awaitsLastFailed: false };
    expect(after(20_000, answered)).to.equal(null);
  });

  it('is the refusal of an action whose plan changed, or of one that is impossible', () => {
    const refused = (actionDetail: string) =>
      after(50, { actionState: 'refused', appliedAt: null, actionDetail });
    const where = 'it is compensating, in compensating.refundingPayment';
    expect(refused(PLAN_CHANGED)).to.deep.equal({
      outcome: 'plan-changed',
      detail: `${PLAN_CHANGED}; ${where}`,
    });
    expect(refused('the saga moved on: revision 5, not 4')).to.include({ outcome: 'plan-changed' });
    const over = { actionState: 'refused' as const, appliedAt: null, actionDetail: PLAN_CHANGED };
    expect(after(50, { ...over, ...ended('failed') })).to.include({ outcome: 'ended-before' });
    expect(refused('nothing is awaited')).to.deep.equal({ outcome: 'refused', detail: 'nothing is awaited' });
  });

  it('is undecided after its time, with where the saga is', () => {
    expect(after(200_000)).to.equal(null);
    expect(after(300_000)).to.deep.equal({
      outcome: 'undecided',
      detail: 'it is compensating, in compensating.refundingPayment',
    });
    const unread = after(300_000, { actionState: 'waiting', appliedAt: null });
    expect(unread).to.deep.equal({ outcome: 'undecided', detail: 'no engine has carried out the action' });
  });

  it('is the action itself where the saga need not end', () => {
    const paused = { ...RETRIED, actionDetail: 'nothing was sent' };
    expect(judge('pause', paused, APPLIED_MS, PATIENCE, APPLIED_MS)).to.deep.equal({
      outcome: 'applied',
      detail: 'nothing was sent',
    });
  });
});
