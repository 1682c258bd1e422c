/** The columns of a saga's input that lists show. */
import type { SagaDefinition } from '#engine/definition/definition.ts';

export interface ListedColumns {
  /** In the currency's minor unit. */
  readonly amount: number | null;
  readonly currency: string | null;
}

/** Picks the columns by the definition's `listed` schema; null: the input has no such column, or there is no definition. */
export function listedColumns(
  definition: Pick<SagaDefinition, 'listed'> | undefined,
  input: unknown,
): ListedColumns {
  const { amount, currency } = definition?.listed.safeParse(input).data ?? {};
  return {
    amount: typeof amount === 'number' ? amount : null,
    currency: typeof currency === 'string' ? currency : null,
  };
}
