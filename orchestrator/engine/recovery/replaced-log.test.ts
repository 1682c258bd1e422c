/** The sweeper's decisions on a topic whose log was lost: what it held is resent, and holds no time-out back. */
import { expect } from 'chai';
import { CHARGE, charging, PROVED_MS, prove, RESENT_MS, read, unread } from '../testing/charging.ts';
import type { Brokers } from '../testing/observer.ts';
import { ENGINE_GROUP } from './decide-recovery.ts';

describe('a log that ends before a recorded offset', () => {
  it('of a command, has lost it: the command is resent, and its clock starts', () => {
    const observer = charging();
    observer.after(3_000, unread);
    const anew: Brokers = { ends: { 'payment-requested': 1 }, reads: { 'payment payment-requested': 1 } };
    expect(observer.after(1_000, anew).sweepState.sent?.[CHARGE]).to.include({ readAt: observer.nowMs });
    expect(observer.after(RESENT_MS + 1_000, anew).resend).to.have.length(1);
  });

  it('of replies, holds no time-out back', () => {
    const observer = charging();
    const lagging: Brokers = {
      ends: { ...read.ends, 'saga-replies': 100 },
      reads: { ...read.reads, [`${ENGINE_GROUP} saga-replies`]: 40 },
    };
    observer.after(3_000, lagging);
    prove(observer, lagging);
    expect(observer.after(60_000 - PROVED_MS, lagging).fire).to.deep.equal([]);
    const anew: Brokers = {
      ends: { ...read.ends, 'saga-replies': 2 },
      reads: { ...read.reads, [`${ENGINE_GROUP} saga-replies`]: 2 },
    };
    expect(observer.after(1_000, anew).fire).to.have.length(1);
  });
});

describe('a topic that was recreated', () => {
  const old: Brokers = { ...unread, logs: { 'payment-requested': 'old' } };

  it('of a command, has lost it, however long the new log is: the command is resent, and its clock starts', () => {
    const observer = charging();
    observer.after(3_000, old);
    const anew: Brokers = {
      ends: { 'payment-requested': 900 },
      reads: { 'payment payment-requested': 7 },
      logs: { 'payment-requested': 'new' },
    };
    expect(observer.after(1_000, anew).sweepState.sent?.[CHARGE]).to.include({ endOffset: 900, log: 'new' });
    const caughtUp = { ...anew, reads: { 'payment payment-requested': 900 } };
    expect(observer.after(1_000, caughtUp).sweepState.sent?.[CHARGE]).to.include({ readAt: observer.nowMs });
    expect(observer.after(RESENT_MS + 1_000, caughtUp).resend).to.have.length(1);
  });

  it('is recognised only when it was known before: a state without a log adopts the present one', () => {
    const observer = charging();
    observer.after(3_000, unread);
    const later = { ...old, ends: { 'payment-requested': 900 } };
    expect(observer.after(1_000, later).sweepState.sent?.[CHARGE]).to.include({ endOffset: 5, log: 'old' });
    const unnamed = { ...unread, ends: { 'payment-requested': 900 } };
    expect(observer.after(1_000, unnamed).sweepState.sent?.[CHARGE]).to.include({ endOffset: 5, log: 'old' });
  });

  it('of replies, holds a time-out back until its new log is read to its present end', () => {
    const observer = charging();
    const at = (end: number, position: number, log: string): Brokers => ({
      ends: { ...read.ends, 'saga-replies': end },
      reads: { ...read.reads, [`${ENGINE_GROUP} saga-replies`]: position },
      logs: { 'saga-replies': log },
    });
    observer.after(3_000, at(1_000, 40, 'old'));
    prove(observer, at(1_000, 40, 'old'));
    expect(observer.after(60_000 - PROVED_MS, at(1_000, 40, 'old')).fire).to.deep.equal([]);
    expect(observer.after(1_000, at(1_200, 3, 'new')).fire).to.deep.equal([]);
    expect(observer.after(1_000, at(2_000, 1_100, 'new')).fire).to.deep.equal([]);
    expect(observer.after(1_000, at(2_000, 1_200, 'new')).fire).to.have.length(1);
  });
});
