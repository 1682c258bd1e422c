/**
 * Makes a standby: a base backup of a running PostgreSQL by its own functions, for the embedded package has no pg_basebackup.
 */
import { chown, copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { poll } from '../wait-until.ts';
import type { ServerUser } from './postgres-user.ts';
import { StackProblem } from './problem.ts';

const ANSWERS_WITHIN_MS = 60_000;
const CHECK_EVERY_MS = 200;

/** What is of one server alone, or of one run of it. */
const LEFT_OUT =
  /^(postmaster\.(pid|opts)|postgresql\.auto\.conf|standby\.signal|backup_label.*|pgsql_tmp.*)$/;
/** Their folders are needed, and what is in them is the primary's. */
const EMPTY = [
  'pg_wal',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
];

/**
 * Copies a primary, once it answers, into a data folder that is replaced. The server there then follows it.
 * @throws StackProblem when the primary does not answer
 */
export async function copyPrimary(
  primary: { readonly port: number; readonly data: string },
  data: string,
  { owner }: ServerUser,
): Promise<void> {
  const client = await connectTo(primary.port);
  try {
    await client.query(`SELECT pg_backup_start('standby', fast => true)`);
    await rm(data, { recursive: true, force: true });
    await copyFolder(primary.data, data);
    for (const folder of EMPTY) await mkdir(join(data, folder), { recursive: true, mode: 0o700 });
    const { rows } = await client.query<{ labelfile: string }>(
      'SELECT labelfile FROM pg_backup_stop(wait_for_archive => false)',
    );
    await writeFile(join(data, 'backup_label'), rows[0]?.labelfile ?? '');
    await writeFile(join(data, 'standby.signal'), '');
    await writeFile(
      join(data, 'postgresql.auto.conf'),
      `primary_conninfo = 'host=127.0.0.1 port=${primary.port} user=postgres'\n`,
    );
    if (owner) await own(data, owner);
  } finally {
    await client.end();
  }
}

async function connectTo(port: number): Promise<pg.Client> {
  const connected = await poll(
    async () => {
      const client = new pg.Client({
        host: '127.0.0.1',
        port,
        user: 'postgres',
        database: 'postgres',
        ssl: false,
      });
      client.on('error', () => {});
      return client.connect().then(
        () => client,
        () => undefined,
      );
    },
    ANSWERS_WITHIN_MS,
    CHECK_EVERY_MS,
  );
  if (connected === undefined)
    throw new StackProblem(`No PostgreSQL answers on port ${port}: a standby has nothing to follow.`);
  return connected;
}

/** Files that vanish meanwhile are no part of the backup: the log has what became of them. */
async function copyFolder(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (LEFT_OUT.test(entry.name)) continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) {
      if (!EMPTY.includes(entry.name)) await copyFolder(source, target).catch(unlessGone);
    } else if (entry.isFile()) await copyFile(source, target).catch(unlessGone);
  }
}

function unlessGone(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

async function own(path: string, owner: { uid: number; gid: number }): Promise<void> {
  await chown(path, owner.uid, owner.gid);
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) await own(inner, owner);
    else await chown(inner, owner.uid, owner.gid);
  }
}
