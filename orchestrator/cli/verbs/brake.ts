/** `saga brake list|get|set|release`. */
import type { Command } from 'commander';
import { getBrake, listBrakes, type ReleaseOptions, releaseBrake, setBrake } from '../brakes.ts';
import type { Approval } from '../plan-first.ts';
import { approved, type Common, count, type ListedOptions, limited, type VerbParts } from './parts.ts';

const ID = "the brake's id";

/** Adds `brake …` to the program. */
export function addBrakeVerbs(saga: Command, { verb, contextOf }: VerbParts): void {
  const brakes = verb(saga, 'brake', 'holds intake, or one command of all sagas');
  limited(verb(brakes, 'list', 'brakes in force and past ones, newest first')).action(
    async (options: ListedOptions) => listBrakes(await contextOf(options), options),
  );
  verb(brakes, 'get', 'a brake, and what it holds')
    .argument('<id>', ID)
    .action(async (id: string, options: Common) => getBrake(await contextOf(options), id, options));
  approved(verb(brakes, 'set', 'stops intake, or holds one command of every saga that comes to it'))
    .argument('<what>', 'intake, or the type of a command, such as payment.charge')
    .action(async (holds: string, options: Approval) => setBrake(await contextOf(options), holds, options));
  approved(verb(brakes, 'release', 'lets go of a brake: the held sagas are resumed at a rate'))
    .argument('<id>', ID)
    .requiredOption('--rps <count>', 'sagas to resume a second', count)
    .action(async (id: string, options: ReleaseOptions) =>
      releaseBrake(await contextOf(options), id, options),
    );
}
