/** Notification's environment. */
import * as z from 'zod';
import { processConfig, readConfig } from '#platform/process/config.ts';

const schema = processConfig
  .extend({
    /** Its own database; `DATABASE_URL` by default. */
    NOTIFICATION_DATABASE_URL: z.string().min(1).optional(),
    /** `smtp://user:password@host:587`; without it the process writes mails as files. */
    SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
    /** The folder for mails as .eml files, without SMTP_URL. */
    MAIL_DIR: z.string().min(1).optional(),
    MAIL_FROM: z.email().default('orders@shop.invalid'),
    /** Caches the events of the last day. Optional: it only saves time. */
    REDIS_URL: z.url().optional(),
  })
  .refine((config) => config.SMTP_URL !== undefined || config.MAIL_DIR !== undefined, {
    path: ['MAIL_DIR'],
    message: 'set SMTP_URL, or MAIL_DIR for mails as files',
  });

/** The configuration, frozen. */
export const config = () => readConfig(schema);
