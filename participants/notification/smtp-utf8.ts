/**
 * Mails to addresses whose local part is not ASCII (RFC 6531). Each takes a connection of its own: the pool does not show
 * whether its server announces SMTPUTF8, and without it sends the address nevertheless.
 */
import { isAscii } from 'node:buffer';
import { promisify } from 'node:util';
import SMTPConnection, {
  type SMTPConnectionAuth,
  type SMTPConnectionOptions,
} from 'nodemailer/lib/smtp-connection';
import type { Handed } from './transport.ts';

/** In the answer to EHLO, which has a line for each extension. */
const ANNOUNCED = /^250[ -]SMTPUTF8\b/im;

/** Whether only a server with SMTPUTF8 can take mail for an address. */
export function needsSmtpUtf8(address: string): boolean {
  return !isAscii(Buffer.from(address));
}

/**
 * Sends one mail where the server announces SMTPUTF8; refuses it where it does not, because the address has no other form.
 * @throws the client's error, of an outage or of an answer
 */
export async function sendUtf8(
  options: SMTPConnectionOptions & { readonly auth?: SMTPConnectionAuth | undefined },
  envelope: { readonly from: string; readonly to: string },
  text: string,
): Promise<Handed> {
  const connection = new SMTPConnection(options);
  const failed = new Promise<never>((_, reject) => connection.once('error', reject));
  // Both may report one failure.
  failed.catch(() => {});
  connection.on('error', () => {});
  const work = async (): Promise<Handed> => {
    await promisify((done: (error?: Error | null) => void) => connection.connect(done))();
    if (!ANNOUNCED.test(String(connection.lastServerResponse)))
      return { state: 'refused', answer: 'The mail server has no SMTPUTF8, which this address needs' };
    const { auth } = options;
    if (auth !== undefined && connection.allowsAuth)
      await promisify((done: (error: Error | null) => void) => connection.login(auth, done))();
    await promisify((done: (error: Error | null) => void) => connection.send(envelope, text, done))();
    return { state: 'sent' };
  };
  try {
    return await Promise.race([work(), failed]);
  } finally {
    connection.quit();
  }
}
