/** `saga token end|list`, for admins. */
import type { Command } from 'commander';
import { type EndOptions, endTokens, listEndedTokens } from '../ended-tokens.ts';
import { approved, type ListedOptions, limited, type VerbParts } from './parts.ts';

/** Adds `token …` to the program. */
export function addTokenVerbs(saga: Command, { verb, contextOf }: VerbParts): void {
  const tokens = verb(saga, 'token', 'ends people’s tokens early, for admins');
  approved(
    verb(
      tokens,
      'end',
      'ends every token that a person was issued so far, or one: all processes refuse it within seconds',
    ),
  )
    .argument('[subject]', 'the person, as the audit or an order names them')
    .option('--id <jti>', 'one token alone: its claim jti')
    .action(async (subject: string | undefined, options: EndOptions) =>
      endTokens(await contextOf(options), subject, options),
    );
  limited(verb(tokens, 'list', 'what was ended and might still live otherwise, newest first')).action(
    async (options: ListedOptions) => listEndedTokens(await contextOf(options), options),
  );
}
