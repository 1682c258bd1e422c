/** What a rewind does and what it cannot, as a plan with a hash and as text. */
import { hash } from 'node:crypto';
import { canonicalJson } from '#protocol/canonical-json.ts';

/** Something that cannot be rebuilt, with its ids. */
export interface Loss {
  readonly kind: string;
  readonly id: string;
  readonly what: string;
}

/** A plan, or what was done. */
export interface Report {
  /** The database's own time. */
  readonly restoredTo: Date;
  readonly readSince: Date;
  /** How many of each were rebuilt, by what they are. */
  readonly rebuilt: Readonly<Record<string, number>>;
  readonly losses: readonly Loss[];
  /** Warnings about what no log has. */
  readonly check: readonly string[];
  readonly planHash: string;
}

/** The hash of what follows from the logs: the same logs and the same database have the same. */
export function hashOf(report: Omit<Report, 'planHash'>): string {
  return hash('sha256', canonicalJson(JSON.parse(JSON.stringify(report))));
}

/** Adds up, and notes losses. */
export class Tally {
  readonly rebuilt: Record<string, number> = {};
  readonly losses: Loss[] = [];

  add(what: string, count = 1): void {
    if (count > 0) this.rebuilt[what] = (this.rebuilt[what] ?? 0) + count;
  }

  lose(kind: string, id: string, what: string): void {
    this.losses.push({ kind, id, what });
  }
}

/** As text for a terminal. */
export function textOf(report: Report): string {
  const { restoredTo, readSince, rebuilt, losses, check, planHash } = report;
  const counted = Object.entries(rebuilt).map(([what, count]) => `  ${String(count).padStart(7)}  ${what}`);
  const lost = losses.map(({ kind, id, what }) => `  ${kind}  ${id}  ${what}`);
  return [
    `The database is of ${restoredTo.toISOString()}; the logs are read since ${readSince.toISOString()}.`,
    counted.length === 0 ? 'Nothing is to be rebuilt.' : `Rebuilt from the logs:\n${counted.join('\n')}`,
    lost.length === 0
      ? 'Nothing is known to be lost.'
      : `Not rebuilt (${losses.length}):\n${lost.join('\n')}`,
    `No log has these; see to them yourself:\n${check.map((one) => `  ${one}`).join('\n')}`,
    `Plan ${planHash}`,
  ].join('\n');
}
