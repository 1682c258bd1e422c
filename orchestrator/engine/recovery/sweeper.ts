/**
 * The sweeper: checks due sagas and publishes resends and timers. Every engine process runs one.
 *
 * A claim is a lease (`SKIP LOCKED`); the decision is pure (`decideRecovery`). The sweeper writes its findings before it
 * publishes, and only if the saga has not moved since the claim. It never writes the engine's columns.
 */

import { publishWithin } from '#platform/batching/publication.ts';
import type { Logger } from '#platform/process/log.ts';
import type { OutMessage } from '#protocol/envelope.ts';
import { messageOf } from '#protocol/errors.ts';
import { partitionOf } from '#protocol/ids.ts';
import { traceIdOf } from '#protocol/trace.ts';
import { timerMessage } from '../control.ts';
import type { Registered } from '../definition/definition.ts';
import { startMessage } from '../definition/start-message.ts';
import { checkFailures, resends, stallsFound } from '../metrics.ts';
import type {
  Checked,
  Due,
  LogEnd,
  Place,
  Positions,
  SweepOutbox,
  SweepStore,
  WaitingAction,
} from '../ports.ts';
import type { SagaRow } from '../saga.ts';
import { type Definitions, definitionKey } from '../step-batch.ts';
import { type BrokerOffsets, type Decision, decideRecovery, placesOf } from './decide-recovery.ts';
import { withConfirmed } from './resend-policy.ts';

const CLAIM_LIMIT = 500;
/** The lease of a claim: longer than a round. */
const LEASE_MS = 10_000;
const IDLE_MS = 500;

export interface SweeperParts {
  readonly definitions: Definitions;
  readonly store: SweepStore;
  readonly positions: Positions;
  readonly outbox: SweepOutbox;
  readonly log: Logger;
  readonly now: () => number;
  readonly random: () => number;
}

/** Runs one round. Returns the number of sagas and actions checked. */
export async function sweepOnce(parts: SweeperParts): Promise<number> {
  const { store } = parts;
  const nowMs = parts.now();
  const now = new Date(nowMs);
  const lease = new Date(nowMs + LEASE_MS);
  const due = await store.claimDue(now, lease, CLAIM_LIMIT);
  const actions = await store.claimActions(now, lease, CLAIM_LIMIT);
  const out: OutMessage[] = actions.map((action) => action.message);
  let standing: Decided[] = [];
  let resent: OutMessage[] = [];
  const known = due.flatMap((one) => {
    const definition = parts.definitions.get(definitionKey(one.row.definition, one.row.definitionVersion));
    if (definition === undefined) {
      giveUp(
        parts,
        one,
        'unknown-version',
        `${one.row.definition} v${one.row.definitionVersion} is unknown here`,
      );
      return [];
    }
    return attempt(parts, one, () => ({ definition, due: one, places: placesOf(definition, one) }));
  });
  if (known.length > 0) {
    const offsets = await readOffsets(parts, known).catch(async (error) => {
      // No broker answers, for minutes perhaps: leases that double meanwhile would outlast the outage.
      const claims = {
        sagaIds: known.map(({ due: { row } }) => row.id),
        actionIds: actions.map(({ actionId }) => actionId),
      };
      await store.release(claims, new Date(parts.now()));
      throw error;
    });
    const decided = known.flatMap(({ definition, due: one }) =>
      attempt(parts, one, () => {
        const decision = decideRecovery(definition, one, offsets, nowMs, parts.random);
        return { due: one, decision, own: ownMessages(definition, one, decision, nowMs) };
      }),
    );
    const written = await store.writeChecks(decided.map(toChecked));
    standing = decided.filter(({ due: { row } }) => written.has(row.id));
    for (const {
      due: { row },
      decision,
      own,
    } of standing) {
      out.push(...own);
      if (decision.foundStalled) logStalled(parts, row);
    }
    const again = standing.flatMap(({ due: { row }, decision }) =>
      decision.resend.map((r) => ({ sagaId: row.id, ...r })),
    );
    for (const { commandId, sagaId } of again)
      resends.inc({ type: commandId.slice(sagaId.length + 1).replace(/#.*/, '') });
    if (again.length > 0) resent = await store.readCommands(again);
    out.push(...resent);
  }
  const unsent = await publishOrRelease(parts, out, actions);
  const acknowledged = resent.filter((message) => !unsent.has(message));
  await noteConfirmed(parts, standing, new Set(acknowledged.map(idOf)));
  return due.length + actions.length;
}

/**
 * Publishes a round's messages. Everything comes from rows, so the sweeper waits for no partition that takes nothing: later
 * checks send the messages again, and an action's lease does not double.
 * @returns the messages that are not acknowledged
 */
async function publishOrRelease(
  { outbox, store, now }: SweeperParts,
  out: readonly OutMessage[],
  actions: readonly WaitingAction[],
): Promise<ReadonlySet<OutMessage>> {
  const isBlocked = ({ topic, key }: OutMessage) => outbox.isBlocked(topic, partitionOf(key));
  const sendable = out.filter((message) => !isBlocked(message));
  const late = await publishWithin(outbox, sendable);
  const unsent = new Set([...out.filter(isBlocked), ...late]);
  const actionIds = actions.filter(({ message }) => unsent.has(message)).map(({ actionId }) => actionId);
  if (actionIds.length > 0) await store.release({ sagaIds: [], actionIds }, new Date(now() + LEASE_MS));
  return unsent;
}

/** Writes down the resends that the brokers acknowledged; not where another sweeper may have claimed the saga meanwhile. */
async function noteConfirmed(
  { store, now }: SweeperParts,
  standing: readonly Decided[],
  acknowledged: ReadonlySet<string>,
): Promise<void> {
  const nowMs = now();
  const confirmed = standing.filter(
    ({ decision: { dueAt, resend } }) =>
      nowMs < dueAt && resend.some(({ commandId }) => acknowledged.has(commandId)),
  );
  if (confirmed.length === 0) return;
  await store.writeChecks(
    confirmed.map((one) => {
      const checked = toChecked(one);
      return { ...checked, sweepState: withConfirmed(checked.sweepState, acknowledged) };
    }),
  );
}

/** Runs a function for one saga. Where it throws, the claim stays, and the lease doubles with each claim. */
function attempt<T>(parts: SweeperParts, due: Due, prepare: () => T): T[] {
  try {
    return [prepare()];
  } catch (error) {
    giveUp(parts, due, 'threw', messageOf(error));
    return [];
  }
}

function giveUp({ log }: SweeperParts, { row }: Due, reason: string, error: string): void {
  checkFailures.inc({ reason });
  const trace = traceIdOf(row.id, row.traceparent);
  log.throttled(`check-${reason}`, 'saga-check-failed', { sagaId: row.id, trace, reason, error });
}

function logStalled({ log }: SweeperParts, { id, state, traceparent }: SagaRow): void {
  stallsFound.inc({ state });
  log.throttled(`stalled-${state}`, 'saga-stalled', { sagaId: id, trace: traceIdOf(id, traceparent), state });
}

/**
 * Runs rounds until closed: twice a second, or, in a backlog, after a rest as long as the last round, so that checks
 * take no more than half of the database's time.
 */
export function runSweeper(parts: SweeperParts): { close: () => Promise<void> } {
  let closing = false;
  let wake: (() => void) | null = null;
  const running = (async () => {
    while (!closing) {
      let checked = 0;
      const startedAt = performance.now();
      try {
        checked = await sweepOnce(parts);
      } catch (error) {
        parts.log.throttled('sweeper', 'sweep-failed', { error: messageOf(error) });
      }
      const tookMs = performance.now() - startedAt;
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, checked >= CLAIM_LIMIT ? Math.min(IDLE_MS, tookMs) : IDLE_MS);
      });
    }
  })();
  return {
    close() {
      closing = true;
      wake?.();
      return running;
    },
  };
}

function idOf({ value }: OutMessage): string {
  return (JSON.parse(String(value)) as { id: string }).id;
}

/** A saga of a round, decided. */
interface Decided {
  readonly due: Due;
  readonly decision: Decision;
  readonly own: readonly OutMessage[];
}

function toChecked({ due: { row }, decision }: Decided): Checked {
  return {
    sagaId: row.id,
    version: row.version,
    sweepState: decision.sweepState,
    dueAt: new Date(decision.dueAt),
  };
}

function ownMessages(definition: Registered, { row }: Due, decision: Decision, nowMs: number): OutMessage[] {
  const out = decision.fire.map(({ name, generation }) => timerMessage(row.id, name, generation, nowMs));
  return decision.start ? [...out, startMessage(definition, row)] : out;
}

/** Fetches all the offsets a round needs in one request a broker. */
async function readOffsets(
  { positions }: Pick<SweeperParts, 'positions'>,
  known: ReadonlyArray<{ places: ReadonlyArray<{ group: string; place: Place }> }>,
): Promise<BrokerOffsets> {
  const places = new Map<string, Place>();
  const groups = new Map<string, Map<string, Place>>();
  for (const one of known) {
    for (const { group, place } of one.places) {
      const key = `${place.topic}/${place.partition}`;
      places.set(key, place);
      const ofGroup = groups.get(group) ?? new Map<string, Place>();
      groups.set(group, ofGroup.set(key, place));
    }
  }
  const ends = await positions.ends([...places.values()]);
  const read = new Map<string, Map<string, number>>();
  for (const [group, ofGroup] of groups) read.set(group, await positions.read(group, [...ofGroup.values()]));
  await dropForeign(positions, places, ends, [...read.values()]);
  return {
    end: (topic, partition) => ends.get(`${topic}/${partition}`) ?? { offset: 0, log: null },
    read: (group, topic, partition) => read.get(group)?.get(`${topic}/${partition}`) ?? 0,
  };
}

/**
 * Drops positions beyond the end of their log: a consumer that had read the log of before a topic was recreated, or lost its
 * end, committed them. Its group has read nothing of this one. The ends are older than the positions, so they are read again.
 */
async function dropForeign(
  positions: Positions,
  places: ReadonlyMap<string, Place>,
  ends: ReadonlyMap<string, LogEnd>,
  read: ReadonlyArray<Map<string, number>>,
): Promise<void> {
  const beyond = (at: ReadonlyMap<string, LogEnd>) =>
    read.flatMap((ofGroup) =>
      [...ofGroup].flatMap(([key, position]) =>
        position > (at.get(key)?.offset ?? position) ? [{ ofGroup, key }] : [],
      ),
    );
  const found = beyond(ends).flatMap(({ key }) => places.get(key) ?? []);
  if (found.length === 0) return;
  for (const { ofGroup, key } of beyond(await positions.ends(found))) ofGroup.delete(key);
}
