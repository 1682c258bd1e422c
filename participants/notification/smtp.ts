/** Mails through an SMTP server. */
import { createTransport } from 'nodemailer';
import { renderEml } from './eml.ts';
import type { Handed, MailTransport } from './transport.ts';

const CONNECTIONS = 8;
const TIMEOUT_MS = 20_000;
const MAX_ANSWER = 500;

/** A pool of connections to the server at `url` (`smtp://user:password@host:port`; it is never logged). */
export function smtpTransport(url: string, from: string): MailTransport {
  const transport = createTransport({
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
  return {
    concurrency: CONNECTIONS,
    async send(letter) {
      try {
        await transport.sendMail({ envelope: { from, to: letter.to }, raw: renderEml(letter, from) });
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
 * sender): only an answer to the recipient or to the text concerns the mail.
 */
export function aboutThisMail(error: unknown): Handed | null {
  const { command, responseCode, message } = error as {
    command?: string;
    responseCode?: number;
    message?: string;
  };
  if (command !== 'RCPT TO' && command !== 'DATA') return null;
  // 421: the server is going away.
  if (responseCode === undefined || responseCode < 400 || responseCode === 421) return null;
  const answer = String(message ?? '').slice(0, MAX_ANSWER);
  return { state: responseCode >= 500 ? 'refused' : 'deferred', answer };
}
