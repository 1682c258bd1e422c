/** The views of the verification of sagas' journals. */
import * as z from 'zod';
import { type ChainReport, FAULTS_MAX } from '#engine/verify-journal.ts';
import { count, nextCursor, uuid, type View } from '#platform/http/schemas.ts';

const entryOf = { sagaId: uuid, version: z.int() };

export const journalVerdict = z
  .object({
    holds: z.boolean().describe('Whether no chain of the page is broken.'),
    sagas: count,
    entries: count,
    erased: count.describe('Entries whose documents an erasure rewrote, as the audit vouches.'),
    unchained: count.describe('Entries without a hash: engines of builds before the chain wrote them.'),
    unchainedAfter: z
      .array(z.object(entryOf))
      .describe(
        'The entries without a hash that follow a chained one. Only an engine of an earlier build writes such a one, during an upgrade; with `chainedSince` the later ones are faults.',
      ),
    broken: z
      .array(z.object({ ...entryOf, what: z.string() }))
      .describe(`The faults, at most ${FAULTS_MAX} of a saga.`),
    tooLong: z.array(uuid).describe('Sagas of which only the first entries were verified.'),
    nextCursor,
  })
  .meta({ id: 'JournalVerdict', description: 'A page of sagas whose journals were verified, by creation.' });

/** The verdict on a page of sagas. */
export function verdictOf(
  reports: ReadonlyArray<{ readonly sagaId: string; readonly isCut: boolean; readonly report: ChainReport }>,
  next: string | null,
): View<typeof journalVerdict> {
  const sum = (of: (report: ChainReport) => number) =>
    reports.reduce((total, { report }) => total + of(report), 0);
  const broken = reports.flatMap(({ sagaId, report }) =>
    report.faults.map((fault) => ({ sagaId, ...fault })),
  );
  return {
    holds: broken.length === 0,
    sagas: reports.length,
    entries: sum(({ entries }) => entries),
    erased: sum(({ erased }) => erased),
    unchained: sum(({ unchained }) => unchained.length),
    unchainedAfter: reports.flatMap(({ sagaId, report }) =>
      report.unchainedAfter.map((version) => ({ sagaId, version })),
    ),
    broken,
    tooLong: reports.filter(({ isCut }) => isCut).map(({ sagaId }) => sagaId),
    nextCursor: next,
  };
}
