/** `saga audit verify --saga|--journals` and `saga history --verify`: the verification of sagas' journals, page by page. */
import type { Api } from './api.ts';
import type { Context } from './context.ts';
import { CommandFailure, EXIT } from './failure.ts';
import { type Format, renderOne } from './output.ts';

interface Page {
  readonly sagas: number;
  readonly entries: number;
  readonly erased: number;
  readonly unchained: number;
  readonly unchainedAfter: ReadonlyArray<{ readonly sagaId: string; readonly version: number }>;
  readonly broken: ReadonlyArray<{
    readonly sagaId: string;
    readonly version: number;
    readonly what: string;
  }>;
  readonly tooLong: readonly string[];
  readonly nextCursor: string | null;
}

/** The sagas to verify, as parameters of the API. */
export interface JournalRange {
  readonly sagaId?: string | undefined;
  readonly createdAfter?: string | undefined;
  readonly createdBefore?: string | undefined;
  readonly chainedSince?: string | undefined;
}

/** Faults and notes beyond so many are counted, and not listed. */
const LISTED_MAX = 50;
const PAGE = 100;
/** Progress is reported after so many sagas. */
const REPORTED_EVERY = 1_000;

type Verdict = Omit<Page, 'nextCursor'>;

/**
 * Has the API verify the journals of a range, to its end.
 * @throws CommandFailure when one is broken, with the faults on stderr, or when there is no such saga
 */
export async function verifyJournals(
  { api, out, say }: Context,
  range: JournalRange,
  output: Format,
): Promise<void> {
  const verdict = await verdictOn(api, range, (sagas) => say(`${sagas} sagas verified …`));
  const { broken, unchainedAfter, tooLong } = verdict;
  if (range.sagaId !== undefined && verdict.sagas === 0)
    throw new CommandFailure(EXIT.notFound, `There is no saga ${range.sagaId}.`);
  out(renderOne(output, { holds: broken.length === 0, ...verdict }, inWords));
  for (const { sagaId, version } of unchainedAfter.slice(0, LISTED_MAX))
    say(
      `saga ${sagaId}: entry ${version} has no hash, after one that has: was an engine of an earlier build running then?`,
    );
  for (const sagaId of tooLong.slice(0, LISTED_MAX))
    say(`saga ${sagaId}: only its first entries were verified`);
  if (broken.length === 0) return;
  for (const { sagaId, what } of broken.slice(0, LISTED_MAX)) say(`saga ${sagaId}: ${what}`);
  throw new CommandFailure(
    EXIT.failure,
    `The journals do not hold: ${broken.length} fault${broken.length === 1 ? '' : 's'}.`,
  );
}

async function verdictOn(api: Api, range: JournalRange, report: (sagas: number) => void): Promise<Verdict> {
  let all: Verdict = {
    sagas: 0,
    entries: 0,
    erased: 0,
    unchained: 0,
    unchainedAfter: [],
    broken: [],
    tooLong: [],
  };
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({ limit: String(PAGE) });
    for (const [name, value] of Object.entries(range)) if (value !== undefined) query.set(name, value);
    if (cursor !== null) query.set('cursor', cursor);
    const page: Page = await api.get<Page>(`/v1/audit/journals?${query}`);
    const before = all.sagas;
    all = {
      sagas: all.sagas + page.sagas,
      entries: all.entries + page.entries,
      erased: all.erased + page.erased,
      unchained: all.unchained + page.unchained,
      unchainedAfter: [...all.unchainedAfter, ...page.unchainedAfter],
      broken: [...all.broken, ...page.broken],
      tooLong: [...all.tooLong, ...page.tooLong],
    };
    cursor = page.nextCursor;
    if (cursor !== null && Math.floor(before / REPORTED_EVERY) < Math.floor(all.sagas / REPORTED_EVERY))
      report(all.sagas);
  } while (cursor !== null);
  return all;
}

function inWords({ sagas, entries, erased, unchained, broken }: Verdict): string {
  const notes = [
    ...(erased > 0 ? [`${erased} erased`] : []),
    ...(unchained > 0 ? [`${unchained} not chained`] : []),
  ];
  const holds = broken.length === 0 ? 'hold' : 'do not hold';
  return `${entries} entries of ${sagas} saga${sagas === 1 ? '' : 's'} ${holds}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`;
}
