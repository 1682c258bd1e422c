/** `saga api-key create|list|revoke`, for admins. */
import type { Command } from 'commander';
import { type CreateOptions, createApiKey, listApiKeys, revokeApiKey } from '../api-keys.ts';
import type { Approval } from '../plan-first.ts';
import { approved, count, type ListedOptions, limited, type VerbParts } from './parts.ts';

/** Adds `api-key …` to the program. */
export function addApiKeyVerbs(saga: Command, { verb, contextOf }: VerbParts): void {
  const keys = verb(saga, 'api-key', 'keys of backends, for admins');
  approved(verb(keys, 'create', 'makes a key with the role service, alone on stdout; it is shown this once'))
    .requiredOption('--holder <name>', 'the backend, such as shop-backend')
    .option('--days <count>', 'how long it lives (default: 90)', count)
    .action(async (options: CreateOptions) => createApiKey(await contextOf(options), options));
  limited(verb(keys, 'list', 'every key, newest first')).action(async (options: ListedOptions) =>
    listApiKeys(await contextOf(options), options),
  );
  approved(verb(keys, 'revoke', 'revokes a key: every process refuses it within seconds'))
    .argument('<key>', 'its id: the part after osk_, up to the next underscore')
    .action(async (id: string, options: Approval) => revokeApiKey(await contextOf(options), id, options));
}
