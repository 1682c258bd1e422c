/** Rules: an engine applies each action when it reads it, and sets no reply aside that its saga awaits. */
import type { Store, Unmatched } from '#engine/ports.ts';

/** A store that reports what was wrongly set aside to `wrong`. */
export function setsNothingDueAside(store: Store, wrong: string[]): Store {
  const isAwaited = async ({ incoming: { envelope }, reason }: Unmatched): Promise<boolean> => {
    const { subject, commandid } = envelope;
    if (reason !== 'not-awaited' || commandid === undefined) return false;
    // A reply follows its command: whoever reads it finds the command awaited, or answered.
    const row = (await store.readSagas([subject])).get(subject);
    return row?.pending.awaiting[commandid] !== undefined;
  };
  return {
    ...store,
    async recordUnmatched(unmatched, now) {
      for (const one of unmatched) {
        const { id } = one.incoming.envelope;
        if (one.reason === 'not-started') wrong.push(`actions: ${id} was set aside`);
        if (await isAwaited(one)) wrong.push(`replies: ${id} was set aside, and its command is awaited`);
      }
      return store.recordUnmatched(unmatched, now);
    },
  };
}
