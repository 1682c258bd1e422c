/** For tests without a database: the credentials that a list of rows holds. */
import { type Credentials, openCredentials } from '../credentials.ts';

/** A row of `identity.ended_tokens`. */
export interface EndedRow {
  readonly subject: string | null;
  readonly tokenId: string | null;
  readonly endedAt: Date;
}

/** Credentials without API keys. @param ended may grow; what is added counts when it is next read */
export function credentialsWith(now: () => number, ended: readonly EndedRow[] = []): Credentials {
  const query = async (text: string) => (text.includes('identity.ended_tokens') ? ended : []);
  return openCredentials({ query: query as never }, now);
}
