/** An action as a person would send it without the console: as a command line, and as curl. Pure. */
import { curlPost, quoted } from '../../parts/lines.ts';

export interface ActRequest {
  readonly sagaId: string;
  readonly action: string;
  readonly reason: string;
  readonly evidence?: string;
  readonly planHash?: string;
  readonly revision: number;
}

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
  return curlPost(`${origin}/v1/sagas/${sagaId}/actions`, { 'if-match': `"${revision}"` }, body);
}
