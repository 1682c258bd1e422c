/**
 * The filter of sagas as SQL. The text is one constant, whatever is filtered by: a condition without a value is true, and the
 * server tests that first. What only few sagas have is found by the source of the rows (`sources.ts`).
 */
import type { SagaFilter, SagaSort } from '#engine/search/saga-filter.ts';
import { boundsOf, jsonPath, type SearchField } from '#engine/search/search-field.ts';
import { isUuid, uuidv7Floor } from '#protocol/ids.ts';

/** Selects sagas, in an order. */
export interface SagaSearch {
  readonly filter: SagaFilter;
  readonly sort: SagaSort;
  /** The fields that definitions bring. */
  readonly fields: readonly SearchField[];
  /** The instant from which ages are counted, and up to which sagas were created or entered their state, ms. */
  readonly asOfMs: number;
  /** No saga that is done can match, as the caller knows from the definitions. */
  readonly activeOnly?: boolean;
}

/*
 * Documents are texts as `JSON.stringify` writes them. Searching one for a few characters costs a tenth of parsing it, and ten
 * thousand active sagas are parsed for each page: so what is rare is searched for in the text first.
 */

/** The sweeper's finding holds until the saga's next transition; see `stalledNow`. */
export const STALLED = `(strpos(s.sweep_state::text, '"stalled":') > 0
  AND (s.sweep_state->'stalled'->>'version')::int IS NOT DISTINCT FROM s.version)`;

/** The last failure, if its command still waits for its reply: it has a kind in `awaiting`, and none in `givenUp`. */
const FAILING = `s.due_at IS NOT NULL AND s.last_failure IS NOT NULL
  AND strpos(s.pending::text, '"' || (s.last_failure->>'commandId') || '":{"type":"'
    || split_part(split_part(s.last_failure->>'commandId', '/', 2), '#', 1) || '","kind":') > 0`;

/** The group of failures that a saga belongs to; failures of earlier builds have their code alone. */
export const FAILURE_GROUP = `CASE
  WHEN s.stuck IS NOT NULL THEN COALESCE(s.stuck->>'fingerprint', s.stuck->>'code')
  WHEN ${FAILING} THEN COALESCE(s.last_failure->>'fingerprint', s.last_failure->>'code') END`;

/** The failure that a saga belongs to, as a document: its incident, or what delays it now. */
export const FAILURE = `CASE WHEN s.stuck IS NOT NULL THEN s.stuck WHEN ${FAILING} THEN s.last_failure END`;

/**
 * An operator is needed on the way back, or an undo was refused, or no longer holds. `stuck` comes first: of the others the wide
 * column is never read. IS FALSE: a join by ids must not read the partial index of stuck sagas from end to end.
 */
export const COMPENSATION_FAILED = `((s.stuck IS NULL) IS FALSE
  AND (s.status = 'compensating' OR strpos(s.pending::text, '"refusedUndos":{"') > 0))`;

/** A document's fields have their values. */
const fits = (column: string, at: number) => `($${at}::text IS NULL
  OR (($${at + 2}::text IS NULL OR strpos(${column}::text, $${at + 2}) > 0)
    AND jsonb_path_match(${column}::jsonb, $${at}::jsonpath, $${at + 1}::jsonb, true)))`;

const holds = (column: string, paths: number) => `(strpos(${column}::text, $23) > 0
    AND EXISTS (SELECT FROM unnest($${paths}::text[]) p, jsonb_path_query(${column}::jsonb, p::jsonpath) v
                 WHERE strpos(v #>> '{}', $22) > 0))`;

const says = (column: string) => `(strpos(${column}::text, $23) > 0
    AND strpos(concat_ws(' ', ${column}->>'code', ${column}->>'text'), $22) > 0)`;

/** Integers are compared as texts of one length: a field that holds none fails no search. */
const DIGITS = 18;

/** The condition on `s`, a row of `orchestrator.sagas`; its parameters are `valuesOf`. */
export const CONDITION = `($1::text IS NULL OR s.status = $1)
  AND ($2::text IS NULL OR s.state = $2 OR starts_with(s.state, $2 || '.'))
  AND ($3::boolean IS NULL OR (s.stuck IS NOT NULL) = $3)
  AND ($4::boolean IS NULL OR ${STALLED} = $4)
  AND ($5::boolean IS NULL OR s.paused = $5)
  AND ($6::boolean IS NULL OR ${COMPENSATION_FAILED} = $6)
  AND ($7::text IS NULL OR ${FAILURE_GROUP} = $7)
  AND ($8::text IS NULL OR s.customer_id = $8)
  AND ($9::text IS NULL OR s.definition = $9)
  AND ($10::int IS NULL OR s.definition_version = $10)
  AND ($11::timestamptz IS NULL OR s.created_at >= $11)
  AND ($12::timestamptz IS NULL OR s.created_at < $12)
  AND ($13::timestamptz IS NULL OR s.state_since >= $13)
  AND ($14::timestamptz IS NULL OR s.state_since <= $14)
  AND ($15::boolean IS NULL OR (s.due_at IS NOT NULL) = $15)
  AND ${fits('s.input', 16)}
  AND ${fits('s.context', 19)}
  AND ($27::text[] IS NULL OR lpad(s.input #>> $27, ${DIGITS}, '0') COLLATE "C" BETWEEN $28::text AND $29::text)
  AND ($22::text IS NULL OR s.id::text = $26::text OR strpos(s.customer_id, $22) > 0
    OR ${says('s.stuck')} OR ${says('s.last_failure')}
    OR ${holds('s.input', 24)} OR ${holds('s.context', 25)})
  AND ($30::text IS NULL OR (${FAILURE})->>'participant' = $30)
  AND ($31::text IS NULL OR (${FAILURE})->>'code' = $31)`;

/** How many parameters the condition has. */
export const CONDITION_PARAMETERS = 31;

/** The values of the condition's parameters. */
export function valuesOf(search: SagaSearch): unknown[] {
  const { filter, sort, fields, asOfMs } = search;
  const { minAgeMs, maxAgeMs, minInStateMs, maxInStateMs, text = null } = filter;
  const before = (spanMs: number | undefined) =>
    spanMs === undefined ? null : new Date(Math.max(0, asOfMs - spanMs));
  const { bounded, range } = rangeOf(filter, fields);
  const input = documentOf(
    filter,
    fields.filter((one) => one !== bounded),
    'input',
  );
  const context = documentOf(filter, fields, 'context');
  return [
    filter.status ?? null,
    filter.state ?? null,
    filter.stuck ?? null,
    filter.stalled ?? null,
    filter.paused ?? null,
    filter.failedCompensation ?? null,
    filter.fingerprint ?? null,
    filter.customerId ?? null,
    filter.definition ?? null,
    filter.definitionVersion ?? null,
    latest(instantOf(filter.createdAfter), before(maxAgeMs)),
    // A list from the oldest on has an end: sagas created since its first page are none of it.
    earliest(
      instantOf(filter.createdBefore),
      minAgeMs === undefined ? null : new Date(asOfMs - minAgeMs + 1),
      sort === 'oldest' ? new Date(asOfMs + 1) : null,
    ),
    before(maxInStateMs),
    // A saga that moves while its list is read is found once.
    earliest(before(minInStateMs), sort === 'longestInState' ? new Date(asOfMs) : null),
    filter.active ?? (isActiveOnly(search) ? true : null),
    ...[input.path, input.values, input.literal],
    ...[context.path, context.values, context.literal],
    text,
    text === null ? null : JSON.stringify(text).slice(1, -1),
    pathsOf(fields, 'input'),
    pathsOf(fields, 'context'),
    text === null ? null : (sagaIdIn(text) ?? text),
    ...range,
    filter.failureParticipant ?? null,
    filter.failureCode ?? null,
  ];
}

/** The id of a saga that a text is or begins with, as the ids of its commands and messages do; null: none. */
export function sagaIdIn(text: string): string | null {
  const [id = ''] = text.toLowerCase().split('/', 1);
  return isUuid(id) ? id : null;
}

/** Whether only active sagas can match: they have an index of their own. */
export function isActiveOnly({ filter, sort, activeOnly }: SagaSearch): boolean {
  const { active, stuck, stalled, paused, failedCompensation, status } = filter;
  const { fingerprint, failureParticipant, failureCode, minInStateMs, maxInStateMs } = filter;
  return (
    activeOnly === true ||
    sort === 'longestInState' ||
    [active, stuck, stalled, paused, failedCompensation].includes(true) ||
    [fingerprint, failureParticipant, failureCode, minInStateMs, maxInStateMs].some(
      (value) => value !== undefined,
    ) ||
    status === 'running' ||
    status === 'compensating'
  );
}

/** An id is made in the moment of creation, on another clock at the most. */
const ID_SLACK_MS = 60_000;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** The range of ids, exclusive, that the filter's instants leave: ids are in the order of creation. */
export function idRangeOf(search: SagaSearch): { from: string; to: string } {
  const [from, to] = valuesOf(search).slice(10, 12) as Array<Date | null>;
  return {
    from: from ? uuidv7Floor(from.getTime() - ID_SLACK_MS) : FIRST_ID,
    to: to ? uuidv7Floor(to.getTime() + ID_SLACK_MS) : LAST_ID,
  };
}

/** The range of one integer of the input: without a list on the way it is read at half the cost of a JSON path. */
function rangeOf(filter: SagaFilter, fields: readonly SearchField[]) {
  const bounded = fields.find(({ name, kind, document, path }) => {
    const { min, max } = boundsOf(name);
    const isGiven = filter[min] !== undefined || filter[max] !== undefined;
    return kind === 'integer' && document === 'input' && !path.includes('*') && isGiven;
  });
  if (bounded === undefined) return { bounded, range: [null, null, null] };
  const { min, max } = boundsOf(bounded.name);
  const padded = (value: unknown) => String(value).padStart(DIGITS, '0');
  return {
    bounded,
    range: [bounded.path, padded(filter[min] ?? 0), padded(filter[max] ?? Number.MAX_SAFE_INTEGER)],
  };
}

/** The conditions on one document: a JSON path that is true of it, its variables, and a text that the document holds. */
function documentOf(filter: SagaFilter, fields: readonly SearchField[], document: SearchField['document']) {
  const terms: string[] = [];
  const values: Record<string, unknown> = {};
  let literal = '';
  const term = (field: SearchField, operator: string, value: unknown) => {
    if (value === undefined) return;
    const name = `v${terms.length}`;
    terms.push(`${jsonPath(field)} ${operator} $${name}`);
    values[name] = value;
    const text = typeof value === 'string' ? JSON.stringify(value) : '';
    if (text.length > literal.length) literal = text;
  };
  for (const field of fields.filter((one) => one.document === document)) {
    const { min, max } = boundsOf(field.name);
    if (field.kind === 'text') term(field, '==', filter[field.name]);
    else {
      term(field, '>=', filter[min]);
      term(field, '<=', filter[max]);
    }
  }
  if (terms.length === 0) return { path: null, values: null, literal: null };
  return {
    path: terms.join(' && '),
    values: JSON.stringify(values),
    literal: literal === '' ? null : literal,
  };
}

function pathsOf(fields: readonly SearchField[], document: SearchField['document']): string[] {
  return fields.filter((one) => one.kind === 'text' && one.document === document).map(jsonPath);
}

function instantOf(text: string | undefined): Date | null {
  return text === undefined ? null : new Date(text);
}

function latest(...instants: ReadonlyArray<Date | null>): Date | null {
  return extreme(instants, Math.max);
}

function earliest(...instants: ReadonlyArray<Date | null>): Date | null {
  return extreme(instants, Math.min);
}

function extreme(instants: ReadonlyArray<Date | null>, of: typeof Math.max): Date | null {
  const given = instants.filter((one) => one !== null).map((one) => one.getTime());
  return given.length === 0 ? null : new Date(of(...given));
}
