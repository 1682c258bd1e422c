/** The sweeper's eye in tests: it checks at one saga again and again, and every decision is made twice, on frozen data. */
import { expect } from 'chai';
import { definition } from '#orchestrator/sagas/order/testing/given.ts';
import { type Decision, decideRecovery } from '../recovery/decide-recovery.ts';
import { withConfirmed } from '../recovery/resend-policy.ts';
import type { SagaRow } from '../saga.ts';
import type { SweepState } from '../sweep-state.ts';
import { deepFreeze } from './deep-freeze.ts';
import type { SagaRun } from './saga-run.ts';

/** What the brokers hold: ends and positions by `topic` and `group topic`; what is not named is at 0. */
export interface Brokers {
  ends?: Record<string, number>;
  reads?: Record<string, number>;
  /** The logs by topic; without it the brokers tell none. */
  logs?: Record<string, string>;
  /** They acknowledge no resend. */
  silent?: boolean;
}

/** Checks one saga repeatedly, each time with the sweep state that the previous check left. */
export class Observer {
  readonly row: SagaRow;
  nowMs: number;
  checks = 0;
  sweepState: SweepState = {};
  readonly random: number;

  constructor(run: SagaRun, random = 0.5) {
    this.row = run.row;
    this.nowMs = run.nowMs;
    this.random = random;
  }

  /** Checks after `ms`. Decides twice, on frozen data, since the decision must be pure. */
  after(ms: number, { ends = {}, reads = {}, logs = {}, silent = false }: Brokers): Decision {
    this.nowMs += ms;
    this.checks += 1;
    const offsets = {
      end: (topic: string) => ({ offset: ends[topic] ?? 0, log: logs[topic] ?? null }),
      read: (group: string, topic: string) => reads[`${group} ${topic}`] ?? 0,
    };
    const due = deepFreeze({ row: this.row, sweepState: this.sweepState, checks: this.checks });
    const decide = () => decideRecovery(definition, due, offsets, this.nowMs, () => this.random);
    const decision = decide();
    expect(decide()).to.deep.equal(decision);
    expect(decision.dueAt).to.be.at.least(this.nowMs + 250);
    expect(decision.dueAt).to.be.at.most(this.nowMs + 330_000);
    const resent = silent ? [] : decision.resend.map(({ commandId }) => commandId);
    this.sweepState = withConfirmed(decision.sweepState, new Set(resent));
    return decision;
  }

  /** Checks when the last check is due again. */
  afterCheck(last: Decision, brokers: Brokers): Decision {
    return this.after(last.dueAt - this.nowMs, brokers);
  }
}
