/** The settings of sessions as settings of the roles, for processes behind a pooler (`DATABASE_SESSIONS=role`). */
import {
  QUERY_TIMEOUT_MS,
  REQUEST_TIMEOUT_MS,
  roleStatements,
  sessionSettings,
  timeLimitsOf,
} from '#platform/postgres/session-settings.ts';
import { ACCESS } from './access.ts';

/** Those whose pools have several kinds of sessions, or locks of a session, connect to PostgreSQL themselves. */
const BY_THEMSELVES = ['auditor', 'retention'];
/** They answer requests. */
const APIS = ['api', 'coupons'];

/** How long a statement may take, ms, by the name of each process that may connect through a pooler. */
export const POOLED: Readonly<Record<string, number>> = Object.fromEntries(
  ACCESS.filter(({ process, schema }) => schema !== null && !BY_THEMSELVES.includes(process)).map(
    ({ process }) => [process, APIS.includes(process) ? REQUEST_TIMEOUT_MS : QUERY_TIMEOUT_MS],
  ),
);

/** Statements that give each role the settings of its sessions; to run as a superuser. */
export function roleSettings(): string {
  return Object.entries(POOLED)
    .map(([role, queryMs]) => roleStatements(role, sessionSettings(timeLimitsOf(queryMs), 'probes')))
    .join('\n');
}
