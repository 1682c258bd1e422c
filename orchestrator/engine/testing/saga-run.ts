/** A saga in a test: `given(order).after(…).when(…).issues(…).reaches(…)`, over the pure step and nothing else. */
import { expect } from 'chai';
import type { Registered } from '../definition/definition.ts';
import type { Incoming, SagaRow } from '../saga.ts';
import { type Brakes, NO_BRAKES } from '../step/brakes.ts';
import { type Step, step } from '../step/step.ts';
import { deepFreeze } from './deep-freeze.ts';
import { reply, type Sending } from './messages.ts';

/** A message, or the type of a reply that some awaited command permits. */
export type Delivered = Sending | string;

const STEP_MS = 1_000;

/** A saga at one moment. Nothing here changes it: each message gives a new one. */
export class SagaRun {
  readonly definition: Registered;
  readonly row: SagaRow;
  readonly nowMs: number;
  /** What the last message did; null before the first. */
  readonly last: Step | null;
  /** The last message, to be delivered again. */
  readonly message: Incoming | null;
  readonly brakes: Brakes;

  constructor(
    definition: Registered,
    row: SagaRow,
    nowMs: number,
    last: Step | null = null,
    message: Incoming | null = null,
    brakes: Brakes = NO_BRAKES,
  ) {
    this.definition = definition;
    this.row = deepFreeze(row);
    this.nowMs = nowMs;
    this.last = last;
    this.message = message;
    this.brakes = brakes;
  }

  /** Says one thing to the saga. Every step of every test is run twice on frozen data: it must be pure. */
  when(delivered: Delivered): SagaRun {
    const sending = typeof delivered === 'string' ? reply(delivered) : delivered;
    return this.receive(sending(this.definition, this.row));
  }

  /** Says one message as it is. */
  receive(message: Incoming): SagaRun {
    const nowMs = this.nowMs + STEP_MS;
    deepFreeze(message);
    const taken = () => step(this.definition, this.row, message, nowMs, this.brakes);
    const result = taken();
    expect(taken(), 'the same step, twice').to.deep.equal(result);
    const row = result.kind === 'taken' ? result.row : this.row;
    return new SagaRun(this.definition, row, nowMs, result, message, this.brakes);
  }

  /** With these brakes in force from now on: a brake's id by the type of the command that it holds. */
  braked(brakes: Readonly<Record<string, string>>): SagaRun {
    const { definition, row, nowMs, last, message } = this;
    return new SagaRun(definition, row, nowMs, last, message, new Map(Object.entries(brakes)));
  }

  /** Says several things, each of which must be taken. */
  after(...delivered: readonly Delivered[]): SagaRun {
    return delivered.reduce<SagaRun>((run, one) => run.when(one).isTaken(), this);
  }

  /** The same message again. */
  again(): SagaRun {
    if (this.message === null) throw new Error('nothing was delivered yet');
    return this.receive(this.message);
  }

  /** The taken step. */
  get taken(): Extract<Step, { kind: 'taken' }> {
    if (this.last?.kind !== 'taken') throw new Error(`not taken: ${JSON.stringify(this.last)}`);
    return this.last;
  }

  /** The types of what the last message had sent: commands, or events. */
  private sent(what: 'commands' | 'events'): string[] {
    const types = this.taken.entry.out.map(({ event }) => event.type);
    return types.filter((type) => type in this.definition.commands === (what === 'commands'));
  }

  isTaken(): this {
    expect(this.last, JSON.stringify(this.last)).to.include({ kind: 'taken' });
    return this;
  }

  isNoted(reason: string): this {
    expect(this.last).to.deep.equal({ kind: 'noted', reason });
    return this;
  }

  isRefused(detail: RegExp): this {
    expect(this.last, JSON.stringify(this.last)).to.include({ kind: 'refused' });
    expect(this.last?.kind === 'refused' && this.last.outcome.detail).to.match(detail);
    return this;
  }

  issues(...types: readonly string[]): this {
    expect(this.sent('commands')).to.deep.equal(types);
    return this;
  }

  publishes(...types: readonly string[]): this {
    expect(this.sent('events')).to.deep.equal(types);
    return this;
  }

  /** The command ids the one command just issued names. */
  undoing(...ids: readonly string[]): this {
    const data = this.taken.entry.out.at(-1)?.event.data as { undoes?: readonly string[] };
    expect(data.undoes).to.deep.equal(ids.map((id) => `${this.row.id}/${id}`));
    return this;
  }

  reaches(state: string): this {
    expect(this.row.state).to.equal(state);
    return this;
  }

  /** The commands awaited, without the saga's id. */
  awaits(...ids: readonly string[]): this {
    expect(Object.keys(this.row.pending.awaiting)).to.have.members(ids.map((id) => `${this.row.id}/${id}`));
    return this;
  }

  isStuck(code: string): this {
    expect(this.row.stuck).to.include({ code });
    return this;
  }

  isNotStuck(): this {
    expect(this.row.stuck).to.equal(null);
    return this;
  }

  /** Whether the last transition left a check of the saga due. */
  isChecked(yes: boolean): this {
    expect(this.taken.dueAt !== null, `check due at ${this.taken.dueAt?.toISOString()}`).to.equal(yes);
    return this;
  }
}
