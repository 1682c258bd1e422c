/** `saga participants`. */
import type { Command } from 'commander';
import { listParticipants, type ParticipantsOptions } from '../participants.ts';
import type { VerbParts } from './parts.ts';

/** Adds it to the program. */
export function addParticipantsVerb(saga: Command, { verb, contextOf }: VerbParts): void {
  verb(
    saga,
    'participants',
    'the queue of each participant and of the engines, who reads it, what fails at it',
  )
    .option('--topics', 'a line a topic')
    .action(async (options: ParticipantsOptions) => listParticipants(await contextOf(options), options));
}
