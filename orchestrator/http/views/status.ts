/** The schema of a saga's status. */
import * as z from 'zod';

export const status = z
  .enum(['running', 'compensating', 'completed', 'failed'])
  .describe('Failed: every executed step was undone.');
