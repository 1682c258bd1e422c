/** Acts on keys, tokens and customers as a person would send them without the console. Pure. */
import { curlPost, quoted } from '../../parts/lines.ts';

/** What each of these acts takes beside its own fields. */
export interface Approved {
  readonly reason: string;
  readonly planHash: string;
}

/** Whose tokens end: all of a subject, or one. */
export type Ended = { readonly subject: string } | { readonly tokenId: string };

/** @param typed stands after `--`: whatever it begins with, it is no option */
function commandOf(words: readonly string[], { reason, planHash }: Approved, typed?: string): string {
  return [
    'npm run -s saga --',
    ...words,
    `--reason ${quoted(reason)} --plan ${planHash} --yes`,
    ...(typed === undefined ? [] : ['--', quoted(typed)]),
  ].join(' ');
}

export function keyLines(
  origin: string,
  { holder, expiresInDays }: { readonly holder: string; readonly expiresInDays: number },
  approved: Approved,
) {
  return {
    command: commandOf(
      ['api-key create --holder', quoted(holder), '--days', String(expiresInDays)],
      approved,
    ),
    curl: curlPost(`${origin}/v1/api-keys`, {}, { holder, expiresInDays, ...approved }),
  };
}

export function revocationLines(origin: string, keyId: string, approved: Approved) {
  return {
    command: commandOf(['api-key revoke', keyId], approved),
    curl: curlPost(`${origin}/v1/api-keys/${keyId}/revocation`, {}, approved),
  };
}

export function endingLines(origin: string, ended: Ended, approved: Approved) {
  return {
    command:
      'subject' in ended
        ? commandOf(['token end'], approved, ended.subject)
        : commandOf(['token end --id', quoted(ended.tokenId)], approved),
    curl: curlPost(`${origin}/v1/ended-tokens`, {}, { ...ended, ...approved }),
  };
}

export function erasureLines(origin: string, customerId: string, approved: Approved) {
  return {
    command: commandOf(['erasure request'], approved, customerId),
    curl: curlPost(`${origin}/v1/erasures`, {}, { customerId, ...approved }),
  };
}
