/** `saga counts`: how many sagas there are by state and age, and by group of failures. */
import type { Context } from './context.ts';
import { ago, type Format, table } from './output.ts';
import { type ViewedOptions, viewed } from './saved-views.ts';

export interface CountsOptions extends ViewedOptions {
  readonly output: Format;
}

interface Counts {
  readonly asOf: string;
  readonly sagas: number;
  readonly ageBoundsSeconds: readonly number[];
  readonly states: ReadonlyArray<{
    readonly state: string;
    readonly sagas: number;
    readonly stuck: number;
    readonly stalled: number;
    readonly paused: number;
    readonly longestSince: string;
    readonly ages: readonly number[];
  }>;
  readonly errors: ReadonlyArray<{
    readonly fingerprint: string;
    readonly participant: string | null;
    readonly code: string;
    readonly text: string | null;
    readonly sagas: number;
    readonly stuck: number;
    readonly oldestAt: string;
  }>;
  readonly hasMoreErrors: boolean;
  readonly isPartial: boolean;
}

const ID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;
/** Text beyond it is left out of the table. */
const TEXT_MAX = 60;

/** Counts. As JSON lines: one a state, then one a group of failures. */
export async function counts(context: Context, options: CountsOptions): Promise<void> {
  const { api, out, say } = context;
  const { filter } = await viewed(context, options);
  const found = await api.get<Counts>(`/v1/sagas/counts?${new URLSearchParams(filter)}`);
  if (options.output === 'json') out(JSON.stringify(found, null, 2));
  else if (options.output === 'jsonl') for (const line of linesOf(found)) out(JSON.stringify(line));
  else out(asTables(found));
  if (found.hasMoreErrors) say('There are smaller groups of failures.');
  if (found.isPartial) say('Only the newest sagas were counted: narrow them with --created-before.');
}

function linesOf({ states, errors }: Counts): object[] {
  return [
    ...states.map((one) => ({ kind: 'state', ...one })),
    ...errors.map((one) => ({ kind: 'error', ...one })),
  ];
}

function asTables(found: Counts): string {
  if (found.sagas === 0) return 'no sagas';
  const { states, errors, ageBoundsSeconds, asOf } = found;
  const nowMs = Date.parse(asOf);
  const byState = table(
    ['STATE', 'SAGAS', 'STUCK', 'STALLED', 'PAUSED', ...agesOf(ageBoundsSeconds), 'LONGEST'],
    states.map(({ state, sagas, stuck, stalled, paused, ages, longestSince }) => [
      state,
      ...[sagas, stuck, stalled, paused, ...ages].map((number) => (number === 0 ? '' : String(number))),
      ago(longestSince, nowMs),
    ]),
  );
  if (errors.length === 0) return byState;
  const byError = table(
    ['FINGERPRINT', 'PARTICIPANT', 'CODE', 'SAGAS', 'STUCK', 'OLDEST', 'TEXT'],
    errors.map(({ fingerprint, participant, code, sagas, stuck, oldestAt, text }) => [
      fingerprint,
      participant ?? '',
      code,
      String(sagas),
      String(stuck),
      ago(oldestAt, nowMs),
      // Of one of them; the others have other ids.
      (text ?? '').replaceAll(ID, 'ID').slice(0, TEXT_MAX),
    ]),
  );
  return `${byState}\n\n${byError}`;
}

/** The names of the classes of age: `<1m`, `<5m`, …, `≥1d`. */
function agesOf(boundsS: readonly number[]): string[] {
  return [...boundsS.map((bound) => `<${short(bound)}`), `≥${short(boundsS.at(-1) ?? 0)}`];
}

function short(seconds: number): string {
  if (seconds < 3_600) return `${seconds / 60}m`;
  return seconds < 86_400 ? `${seconds / 3_600}h` : `${seconds / 86_400}d`;
}
