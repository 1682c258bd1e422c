/** Judges every invariant on whatever the database, and the gateway's books, hold now. */
import pg from 'pg';
import { type GatewayLedger, readGatewayLedger } from './gateway-ledger.ts';
import { type Finding, LIMITS, type Limits } from './invariant.ts';
import { INVARIANTS } from './invariants/index.ts';
import { onSnapshot } from './snapshot.ts';

export interface LedgerOptions {
  /** The orchestrator's database, with the participants' schemas in it. */
  readonly databaseUrl: string;
  /** Where the gateway simulator answers. Without it the gateway's books are not compared. */
  readonly gatewayUrl?: string | undefined;
  /** The key it expects; the local one by default. */
  readonly gatewayKey?: string | undefined;
  readonly limits?: Partial<Limits>;
}

/** What came of one invariant. */
export interface LedgerResult extends Finding {
  readonly name: string;
  readonly rule: string;
  readonly ms: number;
}

const CONNECT_WITHIN_MS = 10_000;
const LOCAL_KEY = 'sk_test_local';

/**
 * Judges every invariant. The number of statements does not depend on how many orders there are. Orders still moving
 * give no false alarm: all is read in one snapshot, and only what has ended is held to its end.
 * @throws when the database, or a gateway that was named, does not answer
 */
export async function verifyLedger(options: LedgerOptions): Promise<LedgerResult[]> {
  const { databaseUrl, gatewayUrl, gatewayKey = LOCAL_KEY } = options;
  const limits = { ...LIMITS, ...options.limits };
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    application_name: 'verify-ledger',
  });
  // A connection that breaks is told by the next query; unheard, the event would end the process.
  client.on('error', () => {});
  await client.connect();
  try {
    // The gateway's books are older than the snapshot: they may lack what happened since, which `ended_at` tells.
    const { rows } = await client.query<{ at: string }>('SELECT clock_timestamp()::text AS at');
    const gatewayReadAt = gatewayUrl === undefined ? null : (rows[0]?.at ?? null);
    const gatewayLedger = gatewayUrl === undefined ? nothing() : readGatewayLedger(gatewayUrl, gatewayKey);
    return await onSnapshot(client, gatewayLedger, async () => {
      const results: LedgerResult[] = [];
      for (const { name, rule, judge } of INVARIANTS) {
        const startedAt = performance.now();
        const finding = await judge({ client, limits, gatewayReadAt });
        results.push({ name, rule, ...finding, ms: Math.round(performance.now() - startedAt) });
      }
      return results;
    });
  } finally {
    await client.end();
  }
}

/** Whether every invariant holds; one that was skipped does not count against it. */
export function allHold(results: readonly LedgerResult[]): boolean {
  return results.every(({ violations }) => violations === 0);
}

async function* nothing(): AsyncGenerator<GatewayLedger[]> {}
