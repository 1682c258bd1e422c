/** Notification's environment. */
import * as z from 'zod';
import { processConfig, readConfig } from '#platform/process/config.ts';

const schema = processConfig
  .extend({
    /** Its own database; DATABASE_URL without it. */
    NOTIFICATION_DATABASE_URL: z.string().min(1).optional(),
    /** `smtp://user:password@host:587`. Without it mails are files. */
    SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
    /** Where mails are written as .eml files when there is no SMTP_URL. */
    MAIL_DIR: z.string().min(1).optional(),
    MAIL_FROM: z.email().default('orders@shop.invalid'),
    /** Remembers what was handled in the last day. Optional: it only saves time. */
    REDIS_URL: z.url().optional(),
  })
  .refine((config) => config.SMTP_URL !== undefined || config.MAIL_DIR !== undefined, {
    path: ['MAIL_DIR'],
    message: 'set SMTP_URL, or MAIL_DIR for mails as files',
  });

/** The configuration, frozen. */
export const config = () => readConfig(schema);
