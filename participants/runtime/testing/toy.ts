/** A participant for the runtime's own tests: `redeem` inserts a row, `restore` sets its flag, one amount is poison. */
import { coupon } from '#participants/coupon/contract.ts';
import type { Database, Sql } from '#platform/postgres/database.ts';
import type { InRecord } from '#protocol/envelope.ts';
import { commandId } from '#protocol/ids.ts';
import { defineParticipant, each, findings, type Participant } from '../participant.ts';
import { commandRecord } from './commands.ts';
import { MemoryDataFault, MemoryTable } from './memory-table.ts';
import type { MemoryStore } from './memory-unit-of-work.ts';

/** The amount that PostgreSQL refuses. */
export const POISON = 13;

export interface EffectStore {
  insert(commandId: string, amount: number): Promise<void>;
  undo(commandId: string): Promise<void>;
}

export const effectStore = (sql: Sql): EffectStore => ({
  async insert(commandId, amount) {
    await sql.execute('INSERT INTO coupon.effects (command_id, amount) VALUES ($1, $2)', commandId, amount);
  },
  async undo(commandId) {
    await sql.execute('UPDATE coupon.effects SET undone = true WHERE command_id = $1', commandId);
  },
});

export type EffectTables = { readonly effects: MemoryTable<{ readonly undone: boolean }> };

export function memoryEffectStore(): MemoryStore<EffectStore, EffectTables> {
  const effects: EffectTables['effects'] = new MemoryTable();
  const store: EffectStore = {
    async insert(commandId, amount) {
      effects.insert(commandId, { undone: false });
      if (amount === POISON) throw new MemoryDataFault('no_poison');
    },
    async undo(commandId) {
      effects.put(commandId, { undone: true });
    },
  };
  return { store, tables: { effects } };
}

export async function createToyTable(db: Database): Promise<void> {
  await db.execute(
    `CREATE TABLE coupon.effects (
       command_id text PRIMARY KEY, amount int NOT NULL CONSTRAINT no_poison CHECK (amount <> ${POISON}),
       undone boolean NOT NULL DEFAULT false)`,
  );
}

/** @param afterEffect called in the transaction, between a redemption's effect and its inbox row */
export function toy(afterEffect: () => Promise<void> = async () => {}): Participant<EffectStore> {
  return defineParticipant(coupon)<EffectStore>({
    'coupon.redeem': each(async ({ id, data }, { store }) => {
      await store.insert(id, data.amount);
      await afterEffect();
      return { type: 'coupon.redeemed', data: { discount: data.amount } } as const;
    }),
    'coupon.restore': each(async (command, { store }) => {
      const found = findings(command, coupon);
      for (const [id, finding] of Object.entries(found)) {
        if (finding !== 'done') continue;
        await store.undo(id);
        found[id] = 'undone';
      }
      return { type: 'coupon.restored', data: { found } } as const;
    }),
    'coupon.revoke': each(
      async (command) => ({ type: 'coupon.revoked', data: { found: findings(command, coupon) } }) as const,
    ),
  });
}

export const redeemId = (saga: string, nth = 1): string => commandId(saga, 'coupon.redeem', nth);

export function redeem(
  saga: string,
  changes: { amount?: number; nth?: number; deadline?: string } = {},
): InRecord {
  const { amount = 5, ...more } = changes;
  const data = { couponId: 'c', customerId: 'ann', amount, currency: 'EUR' };
  return commandRecord(coupon, saga, 'coupon.redeem', data, more);
}

export function restore(saga: string, nth = 1): InRecord {
  return commandRecord(coupon, saga, 'coupon.restore', { undoes: [redeemId(saga)] }, { nth });
}

/** The toy's effects: whether each command is undone. */
export async function effects(db: Database): Promise<Record<string, boolean>> {
  const found = await db.query<{ id: string; undone: boolean }>(
    'SELECT command_id AS id, undone FROM coupon.effects',
  );
  return Object.fromEntries(found.map(({ id, undone }) => [id, undone]));
}
