/** `saga audit list|export|verify`. */
import { type Command, Option } from 'commander';
import { type AuditOptions, type ExportOptions, exportAudit, listAudit, verifyAudit } from '../audit.ts';
import { CommandFailure, EXIT } from '../failure.ts';
import type { Format } from '../output.ts';
import { verifyJournals } from '../verify-journals.ts';
import { limited, type VerbParts } from './parts.ts';

interface VerifyOptions {
  readonly output: Format;
  readonly saga?: string;
  readonly journals?: boolean;
  readonly createdAfter?: string;
  readonly createdBefore?: string;
  readonly chainedSince?: string;
}

const chosen = (command: Command) =>
  command
    .option('--saga <id>', "only one saga's")
    .option('--actor <name>', "only one person's")
    .option('--action <name>', 'only of one kind, such as retry or brake')
    .option('--batch <id>', "only one batch's, or one brake's release")
    .option('--after <instant>', 'only from then on, such as 2026-11-30T03:00:00Z')
    .option('--before <instant>', 'only before then');

/** Adds `audit …` to the program. */
export function addAuditVerbs(saga: Command, { verb, contextOf }: VerbParts): void {
  const audit = verb(saga, 'audit', 'people’s actions, and the proof of them');
  limited(chosen(verb(audit, 'list', 'the newest entries'))).action(async (options: AuditOptions) =>
    listAudit(await contextOf(options), options),
  );
  chosen(verb(audit, 'export', 'every matching entry, newest first, to stdout'))
    .addOption(
      new Option('--format <format>', 'how they are written').choices(['jsonl', 'csv']).default('jsonl'),
    )
    .action(async (options: { output: Format } & ExportOptions) =>
      exportAudit(await contextOf(options), options),
    );
  verb(audit, 'verify', 'verifies the hash chain of people’s actions, or those of sagas’ journals')
    .option('--saga <id>', "one saga's journal")
    .option('--journals', 'the journals of all sagas, or of those of a time')
    .option(
      '--created-after <instant>',
      'of the sagas created from then on: 2026-11-30T03:00Z, or with seconds',
    )
    .option('--created-before <instant>', 'of the sagas created before')
    .option(
      '--chained-since <instant>',
      'a later entry without a hash is a fault: no old engine ran any more',
    )
    .action(async (options: VerifyOptions) => {
      const { saga, journals, createdAfter, createdBefore, chainedSince, output } = options;
      const context = await contextOf(options);
      if (saga === undefined && !journals) {
        if ((createdAfter ?? createdBefore ?? chainedSince) !== undefined)
          throw new CommandFailure(EXIT.usage, 'Give --journals or --saga: these options are of journals.');
        return verifyAudit(context, options);
      }
      const range = { sagaId: saga, createdAfter, createdBefore, chainedSince };
      return verifyJournals(context, range, output);
    });
}
