/** How a saga stands, to those who look at it. */
import * as z from 'zod';

export const status = z
  .enum(['running', 'compensating', 'completed', 'failed'])
  .describe('Failed: all that was done is undone.');
