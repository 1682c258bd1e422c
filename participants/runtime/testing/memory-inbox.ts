/** The inbox in memory, by the rules of the one on PostgreSQL. */
import { type Inbox, InboxRace, type InboxRow } from '../inbox.ts';
import type { MemoryTable } from './memory-table.ts';

/** A row of the inbox; its key is the command's id, which begins with its saga's. */
export interface StoredCommand extends InboxRow {
  readonly type: string;
  readonly answeredAt: Date | null;
}

export function memoryInbox(commands: MemoryTable<StoredCommand>): Inbox {
  return {
    async read(keys) {
      const found = keys.flatMap(({ commandId }) => commands.get(commandId) ?? []);
      return new Map(
        found.map(({ type: _, answeredAt: __, ...row }) => [row.commandId, row] satisfies [string, InboxRow]),
      );
    },

    async readReplies(sagaIds) {
      const wanted = new Set(sagaIds);
      return [...commands.rows.values()]
        .filter(({ sagaId, state }) => state === 'answered' && wanted.has(sagaId))
        .sort(byTime)
        .map(({ sagaId, reply }) => {
          const text = reply ?? '';
          return { sagaId, text, type: (JSON.parse(text) as { type: string }).type };
        });
    },

    async insertTombstones(named, now) {
      for (const { sagaId, commandId, type } of named) {
        if (commands.get(commandId) !== undefined) continue;
        const row = { sagaId, commandId, type, reply: null, createdAt: now, answeredAt: null };
        commands.put(commandId, { ...row, state: 'tombstone' });
      }
    },

    async insertDecided(decided, now) {
      const fresh = new Map(decided.map((one) => [one.commandId, one]));
      for (const commandId of fresh.keys())
        if (commands.get(commandId) !== undefined) fresh.delete(commandId);
      if (fresh.size !== decided.length) throw new InboxRace(decided.length - fresh.size);
      for (const { sagaId, commandId, type, reply } of decided) {
        const row = { sagaId, commandId, type, reply, createdAt: now };
        commands.put(
          commandId,
          reply === null
            ? { ...row, state: 'open', answeredAt: null }
            : { ...row, state: 'answered', answeredAt: now },
        );
      }
    },

    async answerOpen(replies, now) {
      const recorded = new Set<string>();
      for (const { commandId, reply } of replies) {
        const row = commands.get(commandId);
        if (row?.state !== 'open') continue;
        commands.put(commandId, { ...row, state: 'answered', reply, answeredAt: now });
        recorded.add(commandId);
      }
      return recorded;
    },
  };
}

function byTime(a: StoredCommand, b: StoredCommand): number {
  if (a.sagaId !== b.sagaId) return a.sagaId < b.sagaId ? -1 : 1;
  const apartMs = (a.answeredAt?.getTime() ?? 0) - (b.answeredAt?.getTime() ?? 0);
  return apartMs !== 0 ? apartMs : a.commandId < b.commandId ? -1 : 1;
}
