/** Selects entries of the audit. */

/** The filter of a list; null: any. */
export interface AuditQuery {
  /** Only entries before this one. */
  readonly before: number | null;
  readonly sagaId: string | null;
  readonly actor: string | null;
  readonly action: string | null;
  /** The entries of a batch: its beginning, what was done to it, and what it did. */
  readonly batchId: string | null;
  readonly createdAfter: Date | null;
  readonly createdBefore: Date | null;
}

/** The filter as Prisma's condition. */
export function conditionOf(query: AuditQuery) {
  const { before, sagaId, actor, action, batchId, createdAfter, createdBefore } = query;
  return {
    ...(before !== null && { seq: { lt: before } }),
    ...(sagaId !== null && { sagaId }),
    ...(actor !== null && { actor }),
    ...(action !== null && { action }),
    ...(batchId !== null && { batchId }),
    ...((createdAfter !== null || createdBefore !== null) && {
      createdAt: {
        ...(createdAfter !== null && { gte: createdAfter }),
        ...(createdBefore !== null && { lt: createdBefore }),
      },
    }),
  };
}
