/** A transition under construction: the row as it will be, and what it sends. */
import { checkData } from '../../participants/wire/codec.ts';
import type { Finding } from '../../participants/wire/contract.ts';
import type { Envelope } from '../../participants/wire/envelope.ts';
import { commandId, factId } from '../../participants/wire/ids.ts';
import { contractOf, type Registered } from './define.ts';
import type { Awaited, GivenUp, RefusedUndo, SagaRow, Sent, Stuck, Timer, Trouble } from './saga.ts';

const LATE_SUCCESS = 'late-success';

/** Collects what one transition does to a row. Lives for the length of one `step`. */
export class Draft {
  readonly awaiting: Record<string, Awaited>;
  readonly givenUp: Record<string, GivenUp>;
  readonly timers: Record<string, Timer>;
  readonly issued: Record<string, number>;
  readonly refusedUndos: Record<string, RefusedUndo>;
  armings: number;
  stuck: Stuck | null;
  trouble: Trouble | null;
  context: Readonly<Record<string, unknown>>;
  readonly out: Sent[] = [];
  readonly resent: string[] = [];
  readonly gaveUp: string[] = [];
  /** The version the row will have. */
  readonly version: number;
  private readonly definition: Registered;
  private readonly row: SagaRow;
  private readonly nowMs: number;
  private readonly traceparent: string | undefined;

  constructor(definition: Registered, row: SagaRow, nowMs: number, traceparent: string | undefined) {
    const { tickets } = row;
    this.definition = definition;
    this.row = row;
    this.nowMs = nowMs;
    this.traceparent = traceparent;
    this.version = row.version + 1;
    this.awaiting = { ...tickets.awaiting };
    this.givenUp = { ...tickets.givenUp };
    this.timers = { ...tickets.timers };
    this.issued = { ...tickets.issued };
    this.refusedUndos = { ...tickets.refusedUndos };
    this.armings = tickets.armings;
    this.stuck = row.stuck;
    this.trouble = row.trouble;
    this.context = row.context;
  }

  /** Issues a command of a type; an undo names every command of the types it undoes that the saga ever issued. */
  issue(type: string): void {
    const contract = contractOf(this.definition, type);
    if (contract.kind === 'forward') {
      const spec = this.definition.commands[type];
      const data = spec?.data?.(this.row.input as never, this.context as never);
      const deadline = spec?.expires
        ? new Date(this.nowMs + this.definition.secondLimitMs).toISOString()
        : undefined;
      this.send(type, data, { ...(deadline !== undefined && { deadline }) }, {});
    } else {
      const undoes = (contract.undoes ?? []).flatMap((undone) =>
        Array.from({ length: this.issued[undone] ?? 0 }, (_, i) => commandId(this.row.id, undone, i + 1)),
      );
      this.issueUndo(type, undoes);
    }
  }

  /** Issues an undo of certain commands; a `late` one takes back a late success. */
  issueUndo(type: string, undoes: readonly string[], late?: true): void {
    if (undoes.length === 0) throw new Error(`${type} in ${this.row.state} has nothing to undo`);
    const id = this.send(type, { undoes }, {}, { undoes, ...(late && { late }) });
    for (const undone of undoes) {
      const given = this.givenUp[undone];
      if (given !== undefined) this.givenUp[undone] = { type: given.type, undoneBy: id };
    }
  }

  private send(
    type: string,
    data: unknown,
    extensions: Partial<Envelope>,
    awaited: Partial<Awaited>,
  ): string {
    const nth = (this.issued[type] ?? 0) + 1;
    this.issued[type] = nth;
    const id = commandId(this.row.id, type, nth);
    const { kind } = contractOf(this.definition, type);
    this.awaiting[id] = { type, kind, issuedAt: this.nowMs, version: this.version, ...awaited };
    const topic = this.definition.commands[type]?.contract.channel ?? '';
    this.out.push({ topic, event: { ...this.envelope(id, type), ...extensions, data } });
    return id;
  }

  /** Publishes a fact, under its one id. */
  publish(type: string): void {
    const fact = this.definition.facts[type];
    if (fact === undefined) throw new Error(`${this.definition.name} has no fact ${type}`);
    const event = this.envelope(factId(this.row.id, type), type);
    const data = fact.data(this.row.input as never, this.context as never);
    this.out.push({
      topic: fact.topic,
      event: { ...event, data: checkData(fact.schema, { ...event, data }) },
    });
  }

  /** Arms a timer, under a number of its own. */
  arm(name: string, delayMs: number): void {
    this.armings += 1;
    this.timers[name] = { arming: this.armings, at: this.nowMs + delayMs, delayMs };
  }

  /** Marks the saga as needing a person; the first reason stands. */
  markStuck(code: string, text?: string): void {
    this.stuck ??= { since: new Date(this.nowMs).toISOString(), code, ...(text !== undefined && { text }) };
  }

  /** Marks the saga for a success that came too late, until its undo is answered. */
  markLate(text: string): void {
    this.markStuck(LATE_SUCCESS, text);
  }

  /** Whatever moves the saga clears its mark; only the undo of a late success, beside the ladder, keeps one. */
  clearStuck(): void {
    const owes = this.owesLateUndo();
    if (owes && this.stuck?.code === LATE_SUCCESS) return;
    this.stuck = null;
    if (owes) this.markLate('a late success is still being undone');
  }

  /** The undo of a late success was answered: with the last of them its mark goes. */
  lateUndone(): void {
    if (this.stuck?.code === LATE_SUCCESS && !this.owesLateUndo()) this.stuck = null;
  }

  private owesLateUndo(): boolean {
    return [...Object.values(this.awaiting), ...Object.values(this.refusedUndos)].some((undo) => undo.late);
  }

  /**
   * Takes in what an undo says of the commands it named, and of no others. Silence about one counts as void: should it
   * succeed after all it is undone, and undoing what is undone does nothing.
   */
  settle(named: readonly string[], found: Readonly<Record<string, Finding>>): void {
    for (const id of named) {
      const given = this.givenUp[id];
      if (given !== undefined) this.givenUp[id] = { type: given.type, found: found[id] ?? 'void' };
    }
  }

  /** The state was left: forward commands still awaited are given up; their late success is not forgotten. */
  giveUp(before: readonly string[]): void {
    for (const id of before) {
      const awaited = this.awaiting[id];
      if (awaited === undefined || awaited.kind !== 'forward') continue;
      delete this.awaiting[id];
      const undoneBy = Object.keys(this.awaiting).find((undo) => this.awaiting[undo]?.undoes?.includes(id));
      this.givenUp[id] = { type: awaited.type, ...(undoneBy !== undefined && { undoneBy }) };
      this.gaveUp.push(id);
    }
  }

  private envelope(id: string, type: string): Envelope {
    return {
      specversion: '1.0',
      id,
      type,
      source: '/orchestrator',
      time: new Date(this.nowMs).toISOString(),
      subject: this.row.id,
      datacontenttype: 'application/json',
      ...(this.traceparent !== undefined && { traceparent: this.traceparent }),
      data: undefined,
    };
  }
}
