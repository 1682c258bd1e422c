/** What to do about a connection that TLS or a sign-in refuses; the libraries' own words name no setting. */
import { messageOf } from '#protocol/errors.ts';

/** By OpenSSL's and Node's code of the failure. `{}` is the prefix of the settings. */
const ADVICE: Readonly<Record<string, string>> = {
  SELF_SIGNED_CERT_IN_CHAIN: 'no authority in {}_CA_FILE has signed the server’s certificate',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'no authority in {}_CA_FILE has signed the server’s certificate',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'no authority in {}_CA_FILE has signed the server’s certificate',
  UNABLE_TO_GET_ISSUER_CERT: 'no authority in {}_CA_FILE has signed the server’s certificate',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'no authority in {}_CA_FILE has signed the server’s certificate',
  CERT_SIGNATURE_FAILURE: 'no authority in {}_CA_FILE has signed the server’s certificate',
  CERT_HAS_EXPIRED: 'the server’s certificate has expired: renew it there',
  CERT_NOT_YET_VALID: 'the server’s certificate is not valid yet: compare the clocks',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the server’s certificate bears another name than the address has',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'the server does not trust the authority of {}_CERT_FILE',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    'the server wants a certificate: set {}_CERT_FILE and {}_KEY_FILE',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'the certificate in {}_CERT_FILE has expired: put a new one there',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the server does not speak TLS at this address',
};

/** How deep causes may be nested. */
const DEPTH = 10;
/** Words of ours, which name the setting already. */
const OURS = /^(configuration: |no token from )/;

/**
 * A failure in one sentence: with the advice of its cause where TLS or a sign-in refused the connection, else its own words.
 * @param prefix of the settings of the connection: `KAFKA`, `DATABASE`, `REDIS`
 */
export function whyRefused(error: unknown, prefix: string): string {
  const causes = causesOf(error, DEPTH);
  for (const cause of causes) {
    const advice = ADVICE[String((cause as { code?: unknown }).code)];
    if (advice !== undefined) return `${messageOf(cause)}: ${advice.replaceAll('{}', prefix)}`;
  }
  const ours = causes.map(messageOf).find((message) => OURS.test(message));
  if (ours !== undefined) return ours;
  const refusal = causes.map(messageOf).find((message) => /authentication failed/i.test(message));
  if (refusal !== undefined && prefix === 'KAFKA')
    return `${refusal}: check KAFKA_SASL_USER, and the password in KAFKA_SASL_PASSWORD_FILE`;
  return messageOf(error);
}

/** An error and what caused it, the deepest first. */
function causesOf(error: unknown, depth: number): unknown[] {
  if (!(error instanceof Error) || depth === 0) return [];
  const nested = [...(error instanceof AggregateError ? error.errors : []), error.cause];
  return [...nested.flatMap((one) => causesOf(one, depth - 1)), error];
}
