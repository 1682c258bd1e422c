/**
 * What of an action's parameters everybody may see who may read the audit. Only what is on this list is shown: the others may hold an
 * address, an e-mail's address, or evidence.
 */
import * as z from 'zod';

/** Names, numbers and times of the product's own; each means the same in every action. */
const SHOWN = new Set([
  // Brakes: the command, or intake; the brake that is released, and at which rate.
  ...['holds', 'brakeId', 'perSecond'],
  // Batches and dead letters.
  ...['total', 'waiting', 'watched', 'force', 'partition', 'offset', 'edits', 'fields'],
  // Definitions and migrations.
  ...['definition', 'version', 'before', 'toVersion'],
  // API keys.
  ...['keyId', 'holder', 'expiresAt', 'expiresInDays'],
  // Saved views: the names of their filters, not the values.
  ...['viewId', 'shared', 'sort', 'filters'],
  // Retention.
  ...['kind', 'month', 'erasureId', 'orders', 'coupons', 'mails'],
]);
const TEXT_MAX = 200;
const LIST_MAX = 50;

const simple = z.union([z.string(), z.number(), z.boolean(), z.null()]);
type Shown = z.output<typeof simple> | z.output<typeof simple>[];

/** The schema of the parameters that are shown. */
export const shownParameters = z
  .record(z.string(), z.union([simple, z.array(simple)]))
  .describe('Its parameters, as far as they hold nothing of a person.');

/** The parameters that are shown. */
export function parametersShown(params: Readonly<Record<string, unknown>>): Record<string, Shown> {
  const shown: Record<string, Shown> = {};
  for (const [name, value] of Object.entries(params)) {
    if (!SHOWN.has(name)) continue;
    const all = Array.isArray(value) ? value.slice(0, LIST_MAX) : [value];
    if (!all.every(isSimple)) continue;
    shown[name] = Array.isArray(value) ? all : (all[0] as Shown);
  }
  return shown;
}

function isSimple(value: unknown): value is z.output<typeof simple> {
  return simple.safeParse(value).success && (typeof value !== 'string' || value.length <= TEXT_MAX);
}
