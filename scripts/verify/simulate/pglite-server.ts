/** PostgreSQL in process: the migrations applied, and connections that are streams into it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import type { Database } from '#platform/postgres/database.ts';
import { openDatabase } from '#platform/postgres/database.ts';
import { ensurePartitions, type PartitionedTable } from '#platform/postgres/month-partitions.ts';
import { root } from '#scripts/run/stack/places.ts';
import { onRealTime } from './virtual-time.ts';

const MIGRATIONS = join(root, 'prisma/migrations');
const URL_OF_NOWHERE = 'postgres://postgres@localhost/postgres';

/** As the workers' connections have it (participants/platform/postgres/database.ts); the server takes no options at its start. */
const PROBES_ONLY = `SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_indexonlyscan = off;
  SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off`;

export interface PgliteServer {
  /** The production driver's pool, of one connection. */
  readonly db: Database;
  /** A connection beside it, for the ledger; the two take turns. */
  readonly client: pg.Client;
  close(): Promise<void>;
}

/** Starts a server. `tables` are partitioned for the month of `nowMs`. */
export async function startPglite(tables: readonly PartitionedTable[], nowMs: number): Promise<PgliteServer> {
  const pglite = await PGlite.create();
  const db = openDatabase(URL_OF_NOWHERE, {
    pool: 1,
    processName: 'simulation',
    // All connections share the server's one session: a new one would meet the statements that the one before prepared.
    stream: () => streamInto(pglite, 'DEALLOCATE ALL'),
  });
  for (const sql of migrations()) await db.execute(sql);
  await ensurePartitions(db, tables, nowMs);
  await db.execute(PROBES_ONLY);
  const client = new pg.Client({ connectionString: URL_OF_NOWHERE, stream: () => streamInto(pglite) });
  await client.connect();
  return {
    db,
    client,
    async close() {
      await pglite.close();
    },
  };
}

function migrations(): string[] {
  return readdirSync(MIGRATIONS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
    .map((name) => readFileSync(join(MIGRATIONS, name, 'migration.sql'), 'utf8'));
}

/** A connection: PostgreSQL reads the bytes written into it, and answers. @param first executed when it opens */
function streamInto(pglite: PGlite, first = ''): Duplex {
  const stream = new Duplex({
    read() {},
    write(chunk: Buffer, _, done) {
      const message = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      // The server sets timers of its own, by how long it really took: drawn from the run's chance, they would change it.
      onRealTime(() => pglite.execProtocolRaw(message)).then((answer) => {
        if (answer.length > 0) stream.push(Buffer.from(answer));
        done();
      }, done);
    },
  });
  // The methods of a socket that the driver calls.
  const socket = {
    connect: () => {
      onRealTime(() => pglite.exec(first)).then(
        () => stream.emit('connect'),
        (error) => stream.destroy(error),
      );
    },
    setNoDelay: () => stream,
    setKeepAlive: () => stream,
    ref: () => stream,
    unref: () => stream,
  };
  return Object.assign(stream, socket);
}
