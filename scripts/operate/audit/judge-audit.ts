/** What an answer of `npm audit --json` says: vulnerable, not vulnerable, or nothing at all. */
import * as z from 'zod';

const LEVELS = ['info', 'low', 'moderate', 'high', 'critical'] as const;
export type Level = (typeof LEVELS)[number];

const answer = z.object({
  auditReportVersion: z.number(),
  vulnerabilities: z.record(
    z.string(),
    z.object({ name: z.string(), severity: z.enum(LEVELS), range: z.string(), fixAvailable: z.unknown() }),
  ),
  metadata: z.object({ dependencies: z.object({ total: z.number() }) }),
});
const failure = z.union([
  z.object({ message: z.string() }),
  z
    .object({ error: z.object({ summary: z.string() }) })
    .transform(({ error }) => ({ message: error.summary })),
]);

export type Verdict =
  | { readonly kind: 'no-answer'; readonly why: string }
  | {
      readonly kind: 'answered';
      /** The packages that were judged. */
      readonly packages: number;
      readonly found: ReadonlyArray<{ name: string; severity: Level; range: string; isFixable: boolean }>;
    };

/** Reads what npm wrote; the worst findings come first. Anything that is no complete report is no answer. */
export function judgeAudit(text: string): Verdict {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { kind: 'no-answer', why: text.trim().split('\n')[0] || 'npm wrote nothing' };
  }
  const report = answer.safeParse(json);
  if (!report.success) {
    const failed = failure.safeParse(json);
    return { kind: 'no-answer', why: failed.success ? failed.data.message : 'npm wrote no report' };
  }
  const found = Object.values(report.data.vulnerabilities)
    .map(({ name, severity, range, fixAvailable }) => ({
      name,
      severity,
      range,
      isFixable: Boolean(fixAvailable),
    }))
    .sort((a, b) => LEVELS.indexOf(b.severity) - LEVELS.indexOf(a.severity) || a.name.localeCompare(b.name));
  return { kind: 'answered', packages: report.data.metadata.dependencies.total, found };
}
