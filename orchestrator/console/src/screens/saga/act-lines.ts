/** An action as a person would send it without the console: as a command line, and as curl. Pure. */

export interface ActRequest {
  readonly sagaId: string;
  readonly action: string;
  readonly reason: string;
  readonly evidence?: string;
  readonly planHash?: string;
  readonly revision: number;
}

/** For a POSIX shell. */
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

export function commandLine({ sagaId, action, reason, evidence, planHash }: ActRequest): string {
  return [
    'npm run -s saga --',
    action,
    sagaId,
    ...(evidence === undefined ? [] : ['--evidence', quoted(evidence)]),
    '--reason',
    quoted(reason),
    ...(planHash === undefined ? ['--dry-run'] : ['--plan', planHash, '--yes']),
  ].join(' ');
}

/** The token stays out of it: `$TOKEN` is the reader's. */
export function curlLine(
  origin: string,
  { sagaId, action, reason, evidence, planHash, revision }: ActRequest,
): string {
  const body = {
    action,
    reason,
    ...(evidence !== undefined && { evidence }),
    ...(planHash === undefined ? { dryRun: true } : { planHash }),
  };
  return [
    `curl -sS ${quoted(`${origin}/v1/sagas/${sagaId}/actions`)}`,
    '-H "authorization: Bearer $TOKEN"',
    "-H 'content-type: application/json'",
    `-H 'if-match: "${revision}"'`,
    `-d ${quoted(JSON.stringify(body))}`,
  ].join(' ');
}
