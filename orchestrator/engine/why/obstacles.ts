/**
 * What makes every speed and every usual duration a thing of the past: an outage, a standstill, a brake, a process that is away. A
 * forecast that rests on them holds only as long as nothing stands in the way. Pure.
 */
import { contractOf, type Registered } from '../definition/definition.ts';
import { ENGINE_GROUP } from '../recovery/decide-recovery.ts';
import type { Cause } from './cause.ts';
import type { Observations, StateAhead, TopicFlow } from './observations.ts';
import { span } from './phrases.ts';
import { membersOf, standsForMs } from './queues.ts';

/** Positions are observed every 2.5 s: after so long without an observation nobody knows what moves, ms. */
const FRESH_MS = 6_000;
/** What has not happened in two observations has ceased to happen, ms. */
const CEASED_MS = 5_000;

/** Codes of failures under which a definition's participants go on at a pace that they are given. */
export function pacedCodes(definition: Registered | null): string[] {
  return (definition?.contracts ?? []).flatMap(({ paced }) => paced ?? []);
}

/** What stands in the saga's way, so that no forecast can be made of what was observed before. Null: nothing does. */
export function obstacleOf(seen: Observations, cause: Cause): string | null {
  return (
    outdated(seen) ??
    brakeAhead(seen) ??
    awayAhead(seen) ??
    reportedFailure(seen, cause) ??
    failuresAhead(seen) ??
    slowness(seen, cause) ??
    standstill(seen)
  );
}

function outdated({ brokers, nowMs }: Observations): string | null {
  if (brokers === null) return 'no broker answers';
  const ageMs = nowMs - brokers.atMs;
  return ageMs > FRESH_MS ? `no broker has answered for ${span(ageMs)}` : null;
}

/** A command that it has yet to send is held: by another brake than the one that is letting it go. */
function brakeAhead(seen: Observations): string | null {
  const { row, brakes } = seen;
  const sent = row.paused ? [] : Object.values(row.pending.awaiting).map(({ type }) => type);
  const held = commandsAhead(seen).find(({ type }) => {
    const brakeId = brakes.get(type);
    return brakeId !== undefined && brakeId !== row.pending.brake?.id && !sent.includes(type);
  });
  return held === undefined ? null : `a brake holds ${held.type}`;
}

function awayAhead(seen: Observations): string | null {
  const away = commandsAhead(seen).find(({ participant }) => membersOf(seen, participant) === 0);
  return away === undefined ? null : `no process of ${away.participant} is in its group`;
}

/** The engines, or a participant on its way, have ceased to read what there is. */
function standstill(seen: Observations): string | null {
  const groups = [ENGINE_GROUP, ...commandsAhead(seen).map(({ participant }) => participant)];
  const still = groups.find((group) => standsForMs(seen, group) >= CEASED_MS);
  if (still === undefined) return null;
  const who = still === ENGINE_GROUP ? 'the engines have' : `${still} has`;
  return `${who} read nothing for ${span(standsForMs(seen, still))}, though there are records to read`;
}

/** Its participant reported a failure, and has answered no command like it since. */
function reportedFailure(seen: Observations, { code }: Cause): string | null {
  const { row, definition } = seen;
  const failure = row.lastFailure;
  if (code !== 'participant-delayed' || failure === null || definition === null) return null;
  const awaited = row.pending.awaiting[failure.commandId];
  if (awaited === undefined || pacedCodes(definition).includes(failure.code)) return null;
  const { success } = contractOf(definition, awaited.type);
  const written = answersOf(seen, success);
  if (written === undefined) return `whether others get an answer to ${awaited.type} is not observed`;
  return written !== null && written.afterMs >= Date.parse(failure.at)
    ? null
    : `nobody has got an answer to ${awaited.type} since that failure`;
}

/** Its command has taken far longer than is usual, and no command like it was answered since it did. */
function slowness(seen: Observations, { code }: Cause): string | null {
  const { row, definition, usual, nowMs } = seen;
  const [awaited] = Object.values(row.pending.awaiting);
  if (code !== 'slower-than-usual' || awaited === undefined || definition === null) return null;
  const sinceMs = awaited.issuedAt + 2 * (usual[row.state]?.p95Ms ?? 0);
  const isShort = nowMs - sinceMs < CEASED_MS;
  return isShort || goesOn(seen, contractOf(definition, awaited.type).success, sinceMs)
    ? null
    : `nobody has got an answer to ${awaited.type} since it takes longer than usual`;
}

/** Others fail in a state that it is in or has yet to come to, and nobody has left that state since. */
function failuresAhead(seen: Observations): string | null {
  for (const { state, endedBy } of seen.ahead) {
    const failedAt = seen.loads.find((load) => load.state === state)?.failedAt ?? null;
    if (failedAt !== null && !goesOn(seen, endedBy, failedAt.getTime()))
      return `a failure delays sagas in ${state}, and nobody has left that state since`;
  }
  return null;
}

/** Whether answers of a type were written after an instant, or in the latest observation. */
function goesOn(seen: Observations, reply: string, sinceMs: number): boolean {
  const written = answersOf(seen, reply) ?? null;
  if (written === null) return false;
  return written.afterMs >= sinceMs || written.byMs === seen.brokers?.atMs;
}

/** When answers of a type were last written; undefined: their topic has others too, so that nobody observes it. */
function answersOf(seen: Observations, reply: string): TopicFlow['allWritten'] | undefined {
  return answersFlow(seen, reply)?.allWritten;
}

/** The engines' progress on the answers of a type; undefined: their topic has others too, or is not observed. */
export function answersFlow({ definition, brokers }: Observations, reply: string): TopicFlow | undefined {
  const topic = definition?.replies.get(reply)?.topic;
  const sharing = [...(definition?.replies.values() ?? [])].filter((one) => one.topic === topic);
  if (sharing.length > 1) return undefined;
  return brokers?.flows.find((one) => one.group === ENGINE_GROUP && one.topic === topic);
}

/** The commands whose answers end the states ahead of it, with their participants. */
function commandsAhead({ definition, ahead }: Observations): Array<{ type: string; participant: string }> {
  return ahead.flatMap(({ endedBy }: StateAhead) => {
    const contract = definition?.replies.get(endedBy)?.contract;
    const type = Object.entries(contract?.commands ?? {}).find(([, one]) => one.success === endedBy)?.[0];
    return contract === undefined || type === undefined ? [] : { type, participant: contract.name };
  });
}
