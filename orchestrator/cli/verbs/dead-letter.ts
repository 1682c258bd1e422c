/** `saga dead-letter list|groups|get|send|edit|discard`. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { actOnLetters, type EditOptions, editLetter, type LetterActOptions } from '../dead-letter-acts.ts';
import { getLetter, type LettersOptions, listLetterGroups, listLetters } from '../dead-letters.ts';
import { approved, type Common, count, limited, type VerbParts } from './parts.ts';

const STATES = ['open', 'resent', 'discarded'];
const LETTER = 'its partition and offset, such as 0/17';

const chosen = (command: Command) =>
  command
    .option('--saga <id>', "only one saga's")
    .option('--topic <name>', 'only of one topic')
    .option('--group <id>', 'only of one group, see `dead-letter groups`')
    .addOption(new Option('--state <state>', 'only in one state').choices(STATES))
    .option('--older-than <span>', 'only letters parked so long ago: 90s, 15m, 6h, 2d');

/** Adds `dead-letter …` to the program. */
export function addLetterVerbs(saga: Command, { verb, contextOf }: VerbParts): void {
  const letters = verb(saga, 'dead-letter', 'parked messages');
  limited(chosen(verb(letters, 'list', 'the newest dead letters')))
    .option('--reason <code>', 'only of one kind, such as invalid-data')
    .option('--waiting', 'only those that nobody dealt with')
    .action(async (options: LettersOptions) => listLetters(await contextOf(options), options));
  limited(chosen(verb(letters, 'groups', 'open dead letters by what failed, the largest group first')))
    .option('--reason <code>', 'only of one kind, such as invalid-data')
    .action(async (options: LettersOptions) => listLetterGroups(await contextOf(options), options));
  verb(letters, 'get', 'a dead letter with its body, its saga, and its correction')
    .argument('<letter>', LETTER)
    .action(async (id: string, options: Common) => getLetter(await contextOf(options), id, options));
  for (const [name, what] of [
    ['send', 'sends dead letters again; several, or those of a filter, as a batch'],
    ['resend', 'the same as send'],
    ['discard', 'discards dead letters: nobody has to deal with them any more'],
  ] as const) {
    const action = name === 'discard' ? 'discard' : 'send';
    approved(chosen(verb(letters, name, what)))
      .argument('[letters...]', `${LETTER}; or a filter`)
      .option('--code <code>', 'only of one kind, such as invalid-data')
      .option('--all', 'all open ones')
      .option('--force', 'those too that were sent again before, were discarded, or were parked too often')
      .option('--per-second <count>', 'the most that a batch acts on in a second', count)
      .option('--up-to <offset>', 'of a filter: no letter beyond, as its plan says', offset)
      .action(async (ids: string[], options: LetterActOptions) =>
        actOnLetters(await contextOf(options), action, ids, options),
      );
  }
  approved(verb(letters, 'edit', 'keeps a corrected body, to be sent instead; the original stays'))
    .argument('<letter>', LETTER)
    .option('--value <json>', 'the whole corrected body')
    .option('--file <path>', 'a file with it')
    .option('--changes-identity', 'it is meant to become another message, as the plan says')
    .action(async (id: string, options: EditOptions) => editLetter(await contextOf(options), id, options));
}

function offset(text: string): number {
  if (!/^\d{1,16}$/.test(text)) throw new InvalidArgumentError('Give a whole number.');
  return Number(text);
}
