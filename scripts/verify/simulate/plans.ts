/** People's plans: nearly every action is applied under the plan that its author saw, while the saga may have moved on. */
import { isDeepStrictEqual } from 'node:util';
import { type ActionData, actionEnvelope } from '#engine/control.ts';
import type { SagaRow, Sent } from '#engine/saga.ts';
import { definitionKey } from '#engine/step-batch.ts';
import { planOf } from '#orchestrator/http/views/plan.ts';
import { eventId } from '#protocol/ids.ts';
import type { Backend } from './backend.ts';
import { versionsOf } from './definition.ts';
import type { Day } from './faults.ts';
import type { EndedPlans } from './run-scene.ts';

interface Approved {
  readonly sagaId: string;
  readonly messageId: string;
  /** The id of the start event, where the saga had not begun: the plan holds what its start sends. */
  readonly startId: string | null;
  /** The messages to send, as text, with the ids of those to send again. */
  readonly sends: string;
}

export class Plans {
  readonly #definitions: ReadonlyMap<string, ReturnType<typeof versionsOf>['current']>;
  readonly #approved: Approved[] = [];
  /** There actions without plans keep the rare coincidences of refunds that the guards of money need. */
  readonly #movesMoney: boolean;

  constructor(day: Day) {
    this.#movesMoney = day.movesMoney === true;
    const { current, newer } = versionsOf(day);
    this.#definitions = new Map([current, newer].map((one) => [definitionKey(one.name, one.version), one]));
  }

  /**
   * Plans an action on a row as its author saw it.
   * @returns the plan's hash; null: the author applies it without a plan
   */
  plan(row: SagaRow, data: ActionData, nowMs: number): string | null {
    // By the id and not by chance, so that the draw of everything else stays the same.
    const isPlanned = !this.#movesMoney && Number.parseInt(data.actionId.slice(-1), 16) % 8 !== 0;
    const definition = this.#definitions.get(definitionKey(row.definition, row.definitionVersion));
    const plan = isPlanned && definition !== undefined ? planOf(definition, row, data, nowMs) : null;
    if (plan?.outcome !== 'applies') return null;
    const messageId = actionEnvelope(row.id, data, nowMs).id;
    const sends = textOf(
      plan.sends.flatMap(({ id, topic, data: content, again }) => (again ? [] : [{ id, topic, content }])),
      [
        ...plan.sends.flatMap(({ id, again }) => (again ? [id] : [])),
        ...plan.again.map((one) => one.commandId),
      ],
    );
    const startId = row.version === 0 ? eventId(row.id, definition?.startedBy ?? '') : null;
    this.#approved.push({ sagaId: row.id, messageId, startId, sends });
    return plan.planHash;
  }

  /** The engine sent for each applied plan exactly what it says. @returns the violations, one line each */
  async judge({ engine }: Pick<Backend, 'engine'>): Promise<string[]> {
    const starts = this.#approved.flatMap(({ sagaId, startId }) =>
      startId === null ? [] : [{ sagaId, messageId: startId }],
    );
    const entries = await engine.readJournal([...this.#approved, ...starts]);
    const applied = new Map(entries.map((entry) => [entry.messageId, entry]));
    return this.#approved.flatMap(({ messageId, startId, sends }) => {
      const entry = applied.get(messageId);
      if (entry === undefined) return [];
      const start = applied.get(startId ?? '');
      const began = isDeepStrictEqual(start?.origin, entry.origin) ? (start?.out ?? []) : [];
      const sent = textOf([...began, ...entry.out].map(contentOf), entry.change.resent ?? []);
      return sent === sends ? [] : [`plans: ${messageId} sent ${sent}, and was planned as ${sends}`];
    });
  }

  /** How many plans were applied, and how many refused or never read. */
  async ended({ engine }: Pick<Backend, 'engine'>): Promise<EndedPlans> {
    const { length: applied } = await engine.readJournal(this.#approved);
    return { applied, refused: this.#approved.length - applied };
  }
}

function contentOf({ topic, event: { id, data } }: Sent): { id: string; topic: string; content: unknown } {
  return { id, topic, content: data };
}

function textOf(sends: readonly unknown[], again: readonly string[]): string {
  return JSON.stringify({ sends, again });
}
