/** The incidents of a saga, from its journal: which move raised each, and which one closed it. Pure. */
import * as z from 'zod';
import type { Incident } from '#engine/saga.ts';
import type { HistoryEntry } from '#orchestrator/store/view-store.ts';
import { instant, instantText, type View } from '#platform/http/schemas.ts';

export const incidentEntry = z.object({
  code: z.string().nullable().describe('Null: it was raised outside a move, and is closed.'),
  since: instantText.nullable(),
  text: z.string().exactOptional(),
  about: z.string().exactOptional().describe('The command that a participant raised it about.'),
  raisedAt: z.int().nullable().describe('The version that raised it; null: none did, a message was parked.'),
  endedAt: instant.nullable().describe('Null: it is open.'),
  endedBy: z.int().nullable().describe('The version that closed it, or replaced it by another one.'),
});

type Entry = View<typeof incidentEntry>;

/**
 * Lists incidents in the order in which they were raised.
 * @param journal oldest first; an incident raised before its first entry has no `raisedAt`
 * @param now the saga's present incident
 */
export function incidentsOf(journal: readonly HistoryEntry[], now: Incident | null): Entry[] {
  const ended: Entry[] = [];
  let open: Entry | null = null;
  for (const { change, at, version } of journal) {
    const { stuck } = change;
    if (stuck === undefined) continue;
    if (stuck === null || open !== null)
      ended.push({ ...(open ?? UNRECORDED), endedAt: at, endedBy: version });
    open = stuck === null ? null : raised(stuck, version);
  }
  const isKnown = open?.since === now?.since;
  if (now !== null && !isKnown) open = raised(now, null);
  return open === null ? ended : [...ended, open];
}

const UNRECORDED = { code: null, since: null, raisedAt: null } as const;

function raised({ code, since, text, about }: Incident, version: number | null): Entry {
  return {
    code,
    since,
    ...(text !== undefined && { text }),
    ...(about !== undefined && { about }),
    raisedAt: version,
    endedAt: null,
    endedBy: null,
  };
}
