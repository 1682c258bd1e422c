/** Many sagas as a batch takes them, and the request as a person would send it without the console. Pure. */
import { curlPost, quoted } from '../../parts/lines.ts';
import { chosen, type Filters, typedFilter } from '../filters.ts';

/** Chosen by the filters of a list, or one by one. */
export type SagaSet = { readonly filters: Filters } | { readonly sagaIds: readonly string[] };

export interface BatchRequest {
  readonly set: SagaSet;
  readonly action: string;
  readonly perSecond: number;
  readonly reason: string;
  readonly planHash: string;
}

/** The set as the API takes it. */
export function setOf(set: SagaSet): object {
  if ('sagaIds' in set) return { sagaIds: set.sagaIds };
  return { filter: typedFilter(set.filters) };
}

/** Whether it names any: without a filter it would be every saga. */
export function isChosen(set: SagaSet): boolean {
  return 'sagaIds' in set ? set.sagaIds.length > 0 : chosen(set.filters).length > 0;
}

export function batchCommandLine({ set, action, perSecond, reason, planHash }: BatchRequest): string {
  return [
    'npm run -s saga -- batch run',
    action,
    ...('sagaIds' in set ? set.sagaIds : ['--query', quoted(queryTextOf(set.filters))]),
    `--rps ${perSecond}`,
    '--reason',
    quoted(reason),
    ...['--plan', planHash, '--yes'],
  ].join(' ');
}

export function batchCurlLine(origin: string, request: BatchRequest): string {
  const { set, ...rest } = request;
  return curlPost(`${origin}/v1/batches`, {}, { ...rest, ...setOf(set) });
}

function queryTextOf(filters: Filters): string {
  return new URLSearchParams(
    chosen(filters).map((name): [string, string] => [name, filters[name] ?? '']),
  ).toString();
}
