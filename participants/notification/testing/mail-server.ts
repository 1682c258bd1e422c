/** For notification's tests: a real SMTP server. */
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface MailServer {
  readonly url: string;
  readonly port: number;
  /** The text of each accepted mail, in order. */
  readonly accepted: string[];
  /** The recipient of each accepted mail, and whether the client requested SMTPUTF8. */
  readonly recipients: Array<{ readonly address: string; readonly isUtf8: boolean }>;
  /** The codes with which it refuses recipients, by address: 550. */
  readonly answers: Map<string, number>;
  close(): Promise<void>;
}

/** Starts a server on a free port by default; `smtpUtf8`: whether it announces that it takes addresses beyond ASCII. */
export async function startMailServer(port = 0, { smtpUtf8 = true } = {}): Promise<MailServer> {
  const accepted: string[] = [];
  const recipients: MailServer['recipients'] = [];
  const answers = new Map<string, number>();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    hideSMTPUTF8: !smtpUtf8,
    logger: false,
    onRcptTo({ address }, _session, callback) {
      const code = answers.get(address);
      callback(code === undefined ? null : Object.assign(new Error('not this one'), { responseCode: code }));
    },
    onData(stream, { envelope }, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        accepted.push(Buffer.concat(chunks).toString());
        for (const { address } of envelope.rcptTo)
          recipients.push({ address, isUtf8: envelope.smtpUtf8 === true });
        callback();
      });
    },
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
  const bound = (server.server.address() as AddressInfo).port;
  return {
    url: `smtp://127.0.0.1:${bound}`,
    port: bound,
    accepted,
    recipients,
    answers,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
