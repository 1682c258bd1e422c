/** Where the settings of sessions with PostgreSQL come from: a pooler's sessions are not the client's own. */
import * as z from 'zod';
import { readSettings } from '../process/read-settings.ts';

/** The setting of the connections to PostgreSQL behind a pooler. */
export const databaseSessionSettings = {
  DATABASE_SESSIONS: z
    .enum(['start-up', 'role'])
    .default('start-up')
    .describe(
      'Who sets time limits and planner settings of a session: `start-up`, the process when it connects; `role`, the server, by `ALTER ROLE … SET`, for a pooler that takes no start-up options. The process then checks them.',
    ),
};

export type SettingsOfSessions = z.infer<(typeof databaseSessionSettings)['DATABASE_SESSIONS']>;

/** What this process's environment says. */
export function settingsOfSessions(environment: NodeJS.ProcessEnv = process.env): SettingsOfSessions {
  return readSettings(z.object(databaseSessionSettings), environment).DATABASE_SESSIONS;
}
