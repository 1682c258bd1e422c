/** Sends many dead letters again, at a bounded rate, each once under the guard; watches whether they are parked again. */
import { randomUUID } from 'node:crypto';
import type { Outbox } from '#engine/ports.ts';
import { type BatchKind, perSecond } from '#orchestrator/batches/batch-kind.ts';
import type { BatchItem, BatchRow, ItemOutcome } from '#orchestrator/store/batch-rows.ts';
import type { SendableLetter } from '#orchestrator/store/letter-rows.ts';
import type { LetterWorkStore } from '#orchestrator/store/letter-work.ts';
import { publishWithin } from '#platform/batching/publication.ts';
import { ended, placeOf, textOf } from './letter-target.ts';
import { outgoing, whyImpossible, whyNot } from './outgoing.ts';

/** The batch's name, and its action in the audit. */
export const SEND_LETTERS = 'send-dead-letters';
/** A sent letter that its reader cannot handle is back among the dead letters by then, ms. */
const WATCHED_MS = 10_000;
/** As long as a wave's lease: the claims of a process that was killed end with it. */
const CLAIM_MS = 30_000;

export interface SendParts {
  readonly letterWork: Pick<
    LetterWorkStore,
    'readAll' | 'claim' | 'unclaim' | 'noteAllSent' | 'parkedAfter' | 'lastOffset'
  >;
  readonly outbox: Outbox & { mayWrite(topic: string): Promise<boolean> };
  readonly now: () => number;
  readonly watchedMs?: number;
}

/** A letter of a wave that nothing speaks against. */
interface Sending {
  readonly item: BatchItem;
  readonly letter: SendableLetter;
}

/** The kind of batch. Its outcomes: `sent`, `refused` (with the reason), `parked-again` (with the new letter). */
export function sendLetters({ letterWork, outbox, now, watchedMs = WATCHED_MS }: SendParts): BatchKind {
  return {
    name: SEND_LETTERS,
    waveOf: perSecond,

    async act(batch, items) {
      const claim = randomUUID();
      const places = items.map(placeOf);
      const claimed = await letterWork.claim(places, claim, CLAIM_MS);
      const mine = new Set(claimed.map(textOf));
      // Read once they are claimed: what another one sent meanwhile says so.
      const letters = new Map((await letterWork.readAll(claimed)).map((one) => [textOf(one), one]));
      const after = await letterWork.lastOffset();
      const mayWrite = onceEach(outbox.mayWrite);
      const outcomes: ItemOutcome[] = [];
      const sending: Sending[] = [];
      for (const item of items) {
        // Somebody else is sending it at this moment: the next wave finds out.
        if (!mine.has(item.target)) continue;
        const letter = letters.get(item.target);
        // An earlier try of this wave sent it, and was killed before it could say so.
        if (letter?.resentBatch === batch.id) outcomes.push(sentBehind(item, after));
        else {
          const reason = await refusal(batch, item, letter, mayWrite);
          if (reason === null && letter !== undefined) sending.push({ item, letter });
          else outcomes.push(ended(item, 'refused', reason));
        }
      }
      const sent = await publishAll(outbox, sending);
      await letterWork.noteAllSent(
        sent.map(({ letter }) => letter),
        batch.id,
        new Date(now()),
      );
      await letterWork.unclaim(claimed, claim);
      return [...outcomes, ...sent.map(({ item }) => sentBehind(item, after))];
    },

    async watch(_batch, items) {
      const watched = items.map((item) => ({ item, ...placeOf(item), after: afterOf(item) }));
      const again = new Map(
        (await letterWork.parkedAfter(watched)).map((one) => [textOf(one.of), textOf(one.again)]),
      );
      return watched.flatMap(({ item }) => {
        const letter = again.get(item.target);
        if (letter !== undefined) return [ended(item, 'parked-again', letter)];
        const isOver = now() - (item.actedAt?.getTime() ?? 0) >= watchedMs;
        return isOver ? [ended(item, 'sent')] : [];
      });
    },
  };
}

/** Why an item is not sent; null: it is. */
async function refusal(
  { params }: BatchRow,
  { seen }: BatchItem,
  letter: SendableLetter | undefined,
  mayWrite: (topic: string) => Promise<boolean>,
): Promise<string | null> {
  if (letter === undefined) return 'It is gone';
  if (letter.edits !== seen['edits']) return 'Its body was corrected after the plan';
  const impossible = await whyImpossible(letter.originTopic, mayWrite);
  return impossible ?? (params['force'] === true ? null : whyNot(letter));
}

/** @returns the letters that the brokers have acknowledged; the others may still arrive, and are sent again */
async function publishAll(outbox: Outbox, sending: readonly Sending[]): Promise<Sending[]> {
  const messages = sending.map(({ letter }) => outgoing(letter));
  const late = new Set(await publishWithin(outbox, messages));
  return sending.filter((_, index) => !late.has(messages[index] as (typeof messages)[number]));
}

function sentBehind({ number }: BatchItem, after: number): ItemOutcome {
  return { number, state: 'watched', outcome: 'sent', detail: `behind ${after}` };
}

/** The letters that lay in the table before it was sent again end here. */
function afterOf({ detail }: BatchItem): number {
  return Number(/^behind (-?\d+)$/.exec(detail ?? '')?.[1] ?? -1);
}

/** A topic is checked once a wave. */
function onceEach(check: (topic: string) => Promise<boolean>): (topic: string) => Promise<boolean> {
  const known = new Map<string, Promise<boolean>>();
  return (topic) => {
    const answer = known.get(topic) ?? check(topic);
    known.set(topic, answer);
    return answer;
  };
}
