/** An incident that the engine itself raises, outside the machine. */
import type { ExternalIncident } from './ports.ts';
import { fingerprintOf } from './step/fingerprint.ts';
import { ORCHESTRATOR_ITSELF } from './step/incident.ts';

/** @param at see `ExternalIncident` */
export function externalIncident(code: string, text: string, at: number | null): ExternalIncident {
  const participant = ORCHESTRATOR_ITSELF;
  return { code, text, at, participant, fingerprint: fingerprintOf({ participant, code, text }) };
}
