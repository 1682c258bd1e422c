/** Mails as .eml files that a person can open: the local default. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nameOf, renderEml } from './eml.ts';
import type { Letter } from './letter.ts';
import type { MailTransport } from './transport.ts';

/** `<folder>/<date>/<hour>/<orderId>.order.completed.eml`: by the event's time, so that a repeat writes the same file. */
export function pathOf(folder: string, { eventId, at }: Pick<Letter, 'eventId' | 'at'>): string {
  const [date = '', time = ''] = at.toISOString().split('T');
  return join(folder, date, time.slice(0, 2), `${nameOf(eventId)}.eml`);
}

/** Writes each mail to a temporary file and renames it. Synchronous: the thread pool's hops cost more than the calls. */
export function fileTransport(folder: string, from: string): MailTransport {
  return {
    concurrency: 1,
    async send(letter) {
      const path = pathOf(folder, letter);
      const beside = `${path}.${process.pid}.tmp`;
      const text = renderEml(letter, from);
      try {
        writeFileSync(beside, text);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        mkdirSync(join(path, '..'), { recursive: true });
        writeFileSync(beside, text);
      }
      renameSync(beside, path);
      return { state: 'sent' };
    },
    async close() {},
  };
}
