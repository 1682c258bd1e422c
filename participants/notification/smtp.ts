/** Mails through an SMTP server. */
import { createTransport } from 'nodemailer';
import SMTPPool from 'nodemailer/lib/smtp-pool';
import { renderEml } from './eml.ts';
import { needsSmtpUtf8, sendUtf8 } from './smtp-utf8.ts';
import type { Handed, MailTransport } from './transport.ts';

const CONNECTIONS = 8;
const TIMEOUT_MS = 20_000;
const MAX_ANSWER = 500;

/** A pool of connections to the server at `url` (`smtp://user:password@host:port`; it is never logged). */
export function smtpTransport(url: string, from: string): MailTransport {
  const pool = new SMTPPool({
    url,
    pool: true,
    maxConnections: CONNECTIONS,
    maxMessages: 1_000,
    maxRequeues: 0,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    dnsTimeout: TIMEOUT_MS,
  });
  const transport = createTransport(pool);
  return {
    concurrency: CONNECTIONS,
    async send(letter) {
      try {
        const envelope = { from, to: letter.to };
        const text = renderEml(letter, from);
        if (needsSmtpUtf8(letter.to)) return await sendUtf8(pool.options, envelope, text);
        await transport.sendMail({ envelope, raw: text });
        return { state: 'sent' };
      } catch (error) {
        const handed = aboutThisMail(error);
        if (handed === null) throw error;
        return handed;
      }
    },
    async close() {
      transport.close();
    },
  };
}

/**
 * The server's answer to one mail, or null for an outage or a wrong setting (no connection, no log-in, a refused
 * sender): only an answer to the recipient, to the text or about its letters (RFC 6531's 5.6.7) concerns the mail.
 */
export function aboutThisMail(error: unknown): Handed | null {
  const { command, response, responseCode, message } = error as {
    command?: string;
    response?: string;
    responseCode?: number;
    message?: string;
  };
  const isAboutLetters = command === 'MAIL FROM' && /^55\d[ -]5\.6\.7\b/m.test(response ?? '');
  if (command !== 'RCPT TO' && command !== 'DATA' && !isAboutLetters) return null;
  // 421: the server is going away.
  if (responseCode === undefined || responseCode < 400 || responseCode === 421) return null;
  const answer = String(message ?? '').slice(0, MAX_ANSWER);
  return { state: responseCode >= 500 ? 'refused' : 'deferred', answer };
}
