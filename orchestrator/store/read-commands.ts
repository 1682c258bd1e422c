/** Finds the exact bytes of commands that were sent, in the journal entries that issued them. */

import type { Sent } from '#engine/saga.ts';
import { columns } from '#platform/postgres/array-parameters.ts';
import type { Sql } from '#platform/postgres/database.ts';
import { probe } from '#platform/postgres/probe.ts';
import { inMonth } from '#platform/postgres/recent-months.ts';
import { encode } from '#protocol/codec.ts';
import type { OutMessage } from '#protocol/envelope.ts';

const COMMANDS = columns({ sagaId: 'uuid', version: 'int4', commandId: 'text' });

const READ = `
SELECT k."commandId" AS command_id, j.out
  FROM ${COMMANDS.from('k')}
  JOIN orchestrator.journal j ON ${probe('j.saga_id', 'k."sagaId"')} AND j.version = k.version`;

/**
 * The commands as messages to publish again. `json`, unlike `jsonb`, keeps the order of fields, so the text is that of
 * the first time.
 */
export async function readCommands(
  sql: Sql,
  commands: ReadonlyArray<{ sagaId: string; version: number; commandId: string }>,
): Promise<OutMessage[]> {
  if (commands.length === 0) return [];
  const found = await sql.query<{ command_id: string; out: Sent[] }>(
    inMonth(
      sql,
      commands.map(({ sagaId }) => sagaId),
      READ,
    ),
    ...COMMANDS.values(commands),
  );
  return found.flatMap(({ command_id, out }) =>
    out
      .filter(({ event }) => event.id === command_id)
      .map(({ topic, event }) => ({ topic, key: event.subject, value: encode(event) })),
  );
}
