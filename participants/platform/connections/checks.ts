/** What the schemas of connections share: file settings that belong together, and the sentences that refuse the rest. */
import type * as z from 'zod';
import type { TlsFile, TlsFiles } from './tls-files.ts';

/** Settings as a schema parsed them. */
export type Parsed = Readonly<Record<string, unknown>>;

/** Collects what is wrong with a combination of settings. */
export type Refuse = (variable: string, sentence: string) => void;

/** A check over parsed settings, as zod's `superRefine` wants it. */
export function refusing(check: (settings: Parsed, refuse: Refuse) => void) {
  return (settings: unknown, context: z.RefinementCtx): void => {
    check(settings as Parsed, (variable, message) =>
      context.addIssue({ code: 'custom', path: [variable], message }),
    );
  };
}

/** Whether a setting has a value. */
export function isSet(settings: Parsed, variable: string): boolean {
  return settings[variable] !== undefined;
}

/** The TLS files of a connection whose settings begin with `prefix`: `KAFKA` for `KAFKA_CA_FILE`. */
export function tlsFilesIn(settings: Parsed, prefix: string): TlsFiles {
  const file = (name: string): TlsFile | undefined => {
    const variable = `${prefix}_${name}_FILE`;
    const path = settings[variable];
    return typeof path === 'string' ? { variable, path } : undefined;
  };
  const [ca, cert, key] = [file('CA'), file('CERT'), file('KEY')];
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && key !== undefined && { identity: { cert, key } }),
  };
}

/** Refuses a certificate without its key, and a key without its certificate. */
export function checkPair(settings: Parsed, prefix: string, refuse: Refuse): void {
  const [cert, key] = [`${prefix}_CERT_FILE`, `${prefix}_KEY_FILE`];
  if (isSet(settings, cert) && !isSet(settings, key))
    refuse(key, `is missing: write the file of the key of ${cert}, or leave both out`);
  if (!isSet(settings, cert) && isSet(settings, key))
    refuse(cert, `is missing: write the file of the certificate of ${key}, or leave both out`);
}
