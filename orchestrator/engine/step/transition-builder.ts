/** A transition under construction: the row as it will be, and what it sends. */
import { checkData } from '#protocol/codec.ts';
import type { Finding } from '#protocol/contract.ts';
import type { Envelope } from '#protocol/envelope.ts';
import { commandId, eventId } from '#protocol/ids.ts';
import { continued } from '#protocol/trace.ts';
import { ORCHESTRATOR } from '../control.ts';
import { contractOf, type Registered } from '../definition/definition.ts';
import {
  type Awaited,
  type Change,
  type DeferredAction,
  type Failure,
  type GivenUp,
  type Incident,
  inputOf,
  type Pending,
  type RefusedUndo,
  type SagaRow,
  type Sent,
  type Timer,
} from '../saga.ts';
import type { Brakes } from './brakes.ts';

/** Collects what one transition does to a row. Lives for the length of one `step`. */
export class TransitionBuilder {
  readonly awaiting: Record<string, Awaited>;
  readonly givenUp: Record<string, GivenUp>;
  readonly timers: Record<string, Timer>;
  readonly issued: Record<string, number>;
  readonly refusedUndos: Record<string, RefusedUndo>;
  generations: number;
  /** The machine's state. */
  state: string;
  stuck: Incident | null;
  lastFailure: Failure | null;
  context: Readonly<Record<string, unknown>>;
  paused: boolean;
  held: readonly Sent[];
  edited: Pending['edited'];
  /** These keep the row's values unless an action changes them. */
  pausedAt: Pending['pausedAt'];
  brake: Pending['brake'];
  stood: Pending['stood'];
  clockFrom: Pending['clockFrom'];
  spent: Pending['spent'];
  skipped: Pending['skipped'];
  braked: Change['braked'];
  skipping: { commandId: string; evidence: string } | undefined;
  editing: readonly string[] = [];
  readonly heldNow: string[] = [];
  readonly out: Sent[] = [];
  readonly resent: string[] = [];
  readonly gaveUp: string[] = [];
  /** The version the row will have. */
  readonly version: number;
  readonly definition: Registered;
  readonly row: SagaRow;
  readonly nowMs: number;
  private readonly traceparent: string | undefined;
  private readonly brakes: Brakes;

  constructor(
    definition: Registered,
    row: SagaRow,
    nowMs: number,
    traceparent: string | undefined,
    brakes: Brakes,
  ) {
    const { pending } = row;
    this.definition = definition;
    this.row = row;
    this.nowMs = nowMs;
    this.traceparent = traceparent;
    this.brakes = brakes;
    this.version = row.version + 1;
    this.awaiting = { ...pending.awaiting };
    this.givenUp = { ...pending.givenUp };
    this.timers = { ...pending.timers };
    this.issued = { ...pending.issued };
    this.refusedUndos = { ...pending.refusedUndos };
    this.generations = pending.generations;
    this.state = row.state;
    this.stuck = row.stuck;
    this.lastFailure = row.lastFailure;
    this.context = row.context;
    this.paused = row.paused;
    this.held = pending.held ?? [];
    this.edited = pending.edited;
    this.pausedAt = pending.pausedAt;
    this.brake = pending.brake;
    this.stood = pending.stood;
    this.clockFrom = pending.clockFrom;
    this.spent = pending.spent;
    this.skipped = pending.skipped;
  }

  /** Issues a command of a type; an undo names every command of the types it undoes that the saga ever issued. */
  issue(type: string): void {
    const contract = contractOf(this.definition, type);
    if (contract.kind === 'forward') {
      const spec = this.definition.commands[type];
      const data = spec?.data?.(this.input(), this.context);
      const deadline = spec?.expires
        ? new Date(this.nowMs + this.definition.scheduleToCloseMs).toISOString()
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
    this.brakeAt(type);
    const topic = this.definition.commands[type]?.contract.channel ?? '';
    this.emit({ topic, event: { ...this.envelope(id, type), ...extensions, data } });
    return id;
  }

  /** Pauses the saga where a brake holds the command that it comes to. */
  private brakeAt(type: string): void {
    const id = this.brakes.get(type);
    if (id === undefined || this.paused) return;
    this.paused = true;
    this.pausedAt = this.nowMs;
    this.braked = { id, command: type };
    this.brake = this.braked;
  }

  /** Revokes an outstanding command; the operator's action waits for the answer. */
  issueRevoke(type: string, deferred: DeferredAction): void {
    const undoes = [deferred.target];
    this.send(type, { undoes }, {}, { undoes, deferred });
  }

  /** Records the plan of an action that waits for a revoke's answer, until its outcome names it. */
  notePlan(actionId: string, planHash: string): void {
    for (const [id, awaited] of Object.entries(this.awaiting))
      if (awaited.deferred?.actionId === actionId)
        this.awaiting[id] = { ...awaited, deferred: { ...awaited.deferred, planHash } };
  }

  private emit(sent: Sent): void {
    if (!this.paused) {
      this.out.push(sent);
      return;
    }
    this.held = [...this.held, sent];
    this.heldNow.push(sent.event.id);
  }

  private input(): unknown {
    const { input, pending } = this.row;
    return inputOf({
      input,
      pending: { ...pending, ...(this.edited !== undefined && { edited: this.edited }) },
    });
  }

  /** Publishes an event of the definition, under its one id. */
  publish(type: string): void {
    const spec = this.definition.events[type];
    if (spec === undefined) throw new Error(`${this.definition.name} has no event ${type}`);
    const event = this.envelope(eventId(this.row.id, type), type);
    const data = spec.data(this.input(), this.context);
    this.emit({
      topic: spec.topic,
      event: { ...event, data: checkData(spec.schema, { ...event, data }) },
    });
  }

  /** Arms a timer, under a generation of its own. */
  arm(name: string, delayMs: number): void {
    this.generations += 1;
    this.timers[name] = { generation: this.generations, at: this.nowMs + delayMs, delayMs };
  }

  /** Records a fired timer: if the state holds, a retry arms it again. */
  spend(name: string): void {
    const timer = this.timers[name];
    if (timer !== undefined) this.spent = { ...this.spent, [name]: timer.delayMs };
    delete this.timers[name];
  }

  /** Restarts the state's clocks, including those of fired timers; while a command is pending, they stand. */
  restartClocks(): void {
    if (Object.values(this.awaiting).some(({ pending, late }) => pending && !late)) return;
    this.clockFrom = this.nowMs;
    const delays = Object.entries(this.timers).map(([name, { delayMs }]) => [name, delayMs] as const);
    for (const [name, delayMs] of [...delays, ...Object.entries(this.spent ?? {})]) this.arm(name, delayMs);
    this.spent = undefined;
  }

  /**
   * Records an undo's findings, for the commands it named alone. A missing finding counts as `not-executed`: if that
   * command succeeds later, the saga undoes it, and a second undo changes nothing.
   */
  settle(named: readonly string[], found: Readonly<Record<string, Finding>>): void {
    for (const id of named) {
      const given = this.givenUp[id];
      if (given !== undefined) this.givenUp[id] = { type: given.type, found: found[id] ?? 'not-executed' };
    }
  }

  /** Gives up the forward commands that the state left unanswered; `givenUp` keeps them, for a late success. */
  giveUp(before: readonly string[]): void {
    this.spent = undefined;
    this.clockFrom = undefined;
    for (const id of before) {
      const awaited = this.awaiting[id];
      if (awaited === undefined || awaited.kind !== 'forward') continue;
      delete this.awaiting[id];
      const undoneBy = Object.keys(this.awaiting).find((other) => {
        const { kind, undoes = [] } = this.awaiting[other] ?? {};
        return kind === 'undo' && undoes.includes(id);
      });
      this.givenUp[id] = { type: awaited.type, ...(undoneBy !== undefined && { undoneBy }) };
      this.gaveUp.push(id);
    }
  }

  /** The row's `pending` column. */
  pending(): Pending {
    const { awaiting, givenUp, timers, issued, refusedUndos, generations } = this;
    const { held, pausedAt, brake, stood, clockFrom, spent, edited, skipped } = this;
    return {
      ...{ awaiting, givenUp, timers, issued, refusedUndos, generations },
      ...(held.length > 0 && { held }),
      ...(pausedAt !== undefined && { pausedAt }),
      ...(brake !== undefined && { brake }),
      ...(stood !== undefined && { stood }),
      ...(clockFrom !== undefined && { clockFrom }),
      ...(spent !== undefined && { spent }),
      ...(edited !== undefined && { edited }),
      ...(skipped !== undefined && { skipped }),
    };
  }

  private envelope(id: string, type: string): Envelope {
    const traceparent = continued(this.traceparent, id);
    return {
      specversion: '1.0',
      id,
      type,
      source: ORCHESTRATOR,
      time: new Date(this.nowMs).toISOString(),
      subject: this.row.id,
      datacontenttype: 'application/json',
      ...(traceparent !== undefined && { traceparent }),
      data: undefined,
    };
  }
}
