/** Who has a password under compose, and the names of the files. */
import { ACCESS, SET_UP } from '#participants/access/access.ts';

type Server = 'kafka' | 'database' | 'redis' | 'replies';

/** The name of a principal's secret, and of its file. */
export const passwordName = (server: Server, principal: string): string =>
  `${server}-${principal.replaceAll('_', '-')}`;

/** Every principal with a password at the brokers. */
export const KAFKA_USERS: readonly string[] = [
  SET_UP,
  ...ACCESS.filter(({ reads, writes }) => reads.length + writes.length > 0).map(({ process }) => process),
];
