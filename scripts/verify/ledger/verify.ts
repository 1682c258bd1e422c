/** Judges every invariant on the present content of the database and of the gateway's ledger. */
import pg from 'pg';
import type { Finding, Reader } from '#auditor/invariant.ts';
import { connectionTo } from '#platform/connections/database-security.ts';
import { type GatewayLedger, readGatewayLedger } from './gateway-ledger.ts';
import { INVARIANTS } from './invariants/index.ts';
import { LEDGER_LIMITS, type LedgerLimits } from './ledger-snapshot.ts';
import { onSnapshot } from './snapshot.ts';

export interface LedgerOptions {
  /** The orchestrator's database, with the participants' schemas in it. */
  readonly databaseUrl: string;
  /** The gateway simulator's address. Without it the gateway's ledger is not compared. */
  readonly gatewayUrl?: string | undefined;
  /** The key it expects; the local one by default. */
  readonly gatewayKey?: string | undefined;
  readonly limits?: Partial<LedgerLimits>;
}

/** The result of one invariant. */
export interface LedgerResult extends Finding {
  readonly name: string;
  readonly rule: string;
  readonly ms: number;
}

const CONNECT_WITHIN_MS = 10_000;
const LOCAL_KEY = 'sk_test_local';

/**
 * Judges every invariant. The number of statements does not depend on the number of orders. Orders under way give no
 * false alarm: all is read in one snapshot, and only ended orders are held to their end.
 * @throws when the database, or a gateway that was named, does not answer
 */
export async function verifyLedger(options: LedgerOptions): Promise<LedgerResult[]> {
  const { databaseUrl, gatewayUrl, gatewayKey = LOCAL_KEY } = options;
  const limits = { ...LEDGER_LIMITS, ...options.limits };
  const client = new pg.Client({
    ...connectionTo(databaseUrl),
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    application_name: 'verify-ledger',
  });
  // The next query reports a broken connection; without a listener the event would end the process.
  client.on('error', () => {});
  await client.connect();
  try {
    // The gateway's ledger is read before the snapshot: it may lack later changes, which `ended_at` excludes.
    const { rows } = await client.query<{ at: string }>('SELECT clock_timestamp()::text AS at');
    const gatewayReadAt = gatewayUrl === undefined ? null : (rows[0]?.at ?? null);
    const gatewayLedger = gatewayUrl === undefined ? nothing() : readGatewayLedger(gatewayUrl, gatewayKey);
    const sql: Reader = {
      query: async (text, ...values) => (await client.query(text, values)).rows,
    };
    return await onSnapshot(client, gatewayLedger, async () => {
      const results: LedgerResult[] = [];
      for (const { name, rule, judge } of INVARIANTS) {
        const startedAt = performance.now();
        const finding = await judge({ sql, limits, gatewayReadAt });
        results.push({ name, rule, ...finding, ms: Math.round(performance.now() - startedAt) });
      }
      return results;
    });
  } finally {
    await client.end();
  }
}

/** True when every invariant holds; a skipped one does not count. */
export function allHold(results: readonly LedgerResult[]): boolean {
  return results.every(({ violations }) => violations === 0);
}

async function* nothing(): AsyncGenerator<GatewayLedger[]> {}
