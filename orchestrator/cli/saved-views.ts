/** `saga view list|save|delete`, and the filter of a command: a saved view's, narrowed by the options given. */
import type { Context } from './context.ts';
import { CommandFailure, EXIT } from './failure.ts';
import { argumentsOf, filterOf } from './filters.ts';
import { type Format, instant, render, renderOne, table } from './output.ts';
import { readPaged } from './paged.ts';
import { type Approval, planThenApply } from './plan-first.ts';

/** Beyond it nobody reads the list; the API keeps fewer of one person. */
const VIEWS_MAX = 5_000;

type Filter = Readonly<Record<string, string | number | boolean>>;

interface SavedView {
  readonly viewId: string;
  readonly name: string;
  readonly owner: string;
  readonly filter: Filter;
  readonly sort: string;
  readonly shared: boolean;
  readonly changedAt: string;
}

/** The options by which commands select sagas. */
export interface ViewedOptions extends Readonly<Record<string, unknown>> {
  readonly view?: string;
  readonly sort?: string;
}

export interface SaveViewOptions extends Approval, Readonly<Record<string, unknown>> {
  readonly sort?: string;
  readonly shared?: boolean;
}

type Kept = Pick<SavedView, 'name' | 'filter' | 'sort' | 'shared'>;

interface ViewPlan {
  /** What there would be; null: the view is deleted. */
  readonly view: Kept | null;
  /** What there is now; null: nothing. */
  readonly before: (Kept & Pick<SavedView, 'owner'>) | null;
  readonly planHash: string;
}

/**
 * The filter and the order that the options say, as parameters of a query.
 * @throws CommandFailure when there is no such view
 */
export async function viewed(
  context: Context,
  options: ViewedOptions,
): Promise<{ filter: Record<string, string>; sort: string | undefined }> {
  const { filter, sort } = await viewedFilter(context, options);
  return {
    filter: Object.fromEntries(Object.entries(filter).map(([name, value]) => [name, String(value)])),
    sort,
  };
}

/** The same with the filter as a request's body takes it. */
export async function viewedFilter(
  context: Context,
  options: ViewedOptions,
): Promise<{ filter: Filter; sort: string | undefined }> {
  const view = options.view === undefined ? undefined : await named(context, options.view);
  return {
    filter: { ...view?.filter, ...filterOf(options, context.now()) },
    sort: options.sort ?? view?.sort,
  };
}

/** Lists the caller's views and the shared ones. */
export async function listViews(
  { api, out, say }: Context,
  { limit, output }: { limit: number; output: Format },
): Promise<void> {
  const { items, hasMore } = await readPaged<SavedView>(api, '/v1/views', {}, limit);
  out(render(output, items, asTable));
  if (hasMore) say('There are more: raise --limit.');
}

/** Saves the filters given, after the plan, in the place of an own view of the same name. */
export async function saveView(context: Context, name: string, options: SaveViewOptions): Promise<void> {
  const { sort, shared, output } = options;
  const filter = filterOf(options, context.now());
  const fields = {
    name,
    filter,
    ...(sort !== undefined && { sort }),
    ...(shared !== undefined && { shared }),
  };
  // Another person's shared view of this name: the API refuses the change, or the second of the name.
  const [before] = (await all(context)).filter((one) => one.name === name);
  const done = await planThenApply<ViewPlan, SavedView>(context, options, {
    act:
      before === undefined
        ? { path: '/v1/views', fields }
        : { method: 'PUT', path: `/v1/views/${before.viewId}`, fields },
    text: planText,
    question: 'Save it?',
    command: () => [
      ...['view', 'save', name, ...argumentsOf(filter)],
      ...(sort === undefined ? [] : ['--sort', sort]),
      ...(shared ? ['--shared'] : []),
    ],
  });
  if (done !== null) context.out(renderOne(output, done, asText));
}

/** Deletes a view, after the plan. @throws CommandFailure when there is none */
export async function deleteView(context: Context, name: string, options: Approval): Promise<void> {
  const { viewId } = await named(context, name);
  const done = await planThenApply<ViewPlan, SavedView>(context, options, {
    act: { method: 'DELETE', path: `/v1/views/${viewId}` },
    text: planText,
    question: 'Delete it?',
    command: () => ['view', 'delete', name],
  });
  if (done !== null) context.out(renderOne(options.output, done, (view) => `${view.name} is deleted`));
}

function planText({ view, before, planHash }: ViewPlan): string {
  const whose = before === null ? '' : ` of ${before.owner}`;
  const lines =
    view === null
      ? [`It deletes the view${whose}: ${before === null ? '' : heldText(before)}`]
      : [
          `It saves the view ${heldText(view)}`,
          ...(before === null ? [] : [`In the place of the view${whose}: ${heldText(before)}`]),
        ];
  return [...lines, `Plan ${planHash}`].join('\n');
}

function heldText({ name, filter, sort, shared }: Kept): string {
  return `"${name}"${shared ? ', for everybody' : ''}, ${filterText(filter) || 'all sagas'}, ${sort}`;
}

async function all({ api }: Context): Promise<SavedView[]> {
  return (await readPaged<SavedView>(api, '/v1/views', {}, VIEWS_MAX)).items;
}

/** A view by its name or its id. */
async function named(context: Context, name: string): Promise<SavedView> {
  const found = (await all(context)).find((one) => one.viewId === name || one.name === name);
  if (found === undefined)
    throw new CommandFailure(EXIT.notFound, `There is no view "${name}"; see saga view list.`);
  return found;
}

function asText({ viewId, name, shared }: SavedView): string {
  return `${name} is saved${shared ? ' for everybody' : ''}: ${viewId}`;
}

function asTable(items: readonly SavedView[]): string {
  if (items.length === 0) return 'no views';
  return table(
    ['NAME', 'OWNER', 'SHARED', 'SORT', 'FILTER', 'CHANGED'],
    items.map(({ name, owner, shared, sort, filter, changedAt }) => [
      name,
      owner,
      shared ? 'yes' : '',
      sort,
      filterText(filter),
      instant(changedAt),
    ]),
  );
}

function filterText(filter: Filter): string {
  return Object.entries(filter)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');
}
