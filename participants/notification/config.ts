/** Notification's environment. */
import * as z from 'zod';
import { redisSettings } from '#platform/connections/redis-settings.ts';
import { processConfig, readConfig } from '#platform/process/config.ts';

/** Notification's environment. */
export const notificationConfig = processConfig
  .extend({
    NOTIFICATION_DATABASE_URL: z
      .string()
      .min(1)
      .optional()
      .describe('The database of these processes alone, instead of DATABASE_URL.'),
    SMTP_URL: z
      .url({ protocol: /^smtps?$/ })
      .optional()
      .describe('`smtp://user:password@host:587`; without it the process writes mails as files.'),
    MAIL_DIR: z.string().min(1).optional().describe('The folder for mails as .eml files, without SMTP_URL.'),
    MAIL_FROM: z.email().default('orders@shop.invalid').describe('The sender of mails.'),
    // Caches the events of the last day. Optional: it only saves time.
    ...redisSettings,
  })
  .refine((config) => config.SMTP_URL !== undefined || config.MAIL_DIR !== undefined, {
    path: ['MAIL_DIR'],
    message: 'set SMTP_URL, or MAIL_DIR for mails as files',
  });

/** The configuration, frozen. */
export const config = () => readConfig(notificationConfig);
