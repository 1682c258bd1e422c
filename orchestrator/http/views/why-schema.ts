/** The schema of why a saga is where it is, and until when. */
import * as z from 'zod';
import { CAUSES } from '#engine/why/cause.ts';
import { instant, link, uuid } from '#platform/http/schemas.ts';
import { status } from './status.ts';

const cause = z.object({
  code: z.enum(CAUSES).describe('One of a closed list.'),
  text: z.string().describe('One sentence.'),
  evidence: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
    .describe(
      'What the sentence is made of. Instants are texts, spans are in ms; which names there are depends on the cause.',
    ),
  halts: z.boolean().describe('Nothing moves it until a person acts, or what is away comes back.'),
  nextSteps: z.array(
    z.object({
      text: z.string(),
      command: z.string().exactOptional().describe('Of the command line; `…` is to be filled in.'),
    }),
  ),
});

const forecast = z.union([
  z
    .object({
      from: instant,
      to: instant,
      text: z.string(),
    })
    .describe('It ends within this interval, as queues and speeds are now.'),
  z.object({ unknown: z.string().describe('Why nobody knows.') }),
]);

export const whyAnswer = z
  .object({
    sagaId: uuid,
    status,
    state: z.string(),
    at: instant,
    text: z.string().describe('The cause and the forecast in one sentence.'),
    cause,
    besides: z.array(cause).describe('What else holds it up, or would without the cause.'),
    forecast: forecast.nullable().describe('null: it has ended.'),
    links: z.object({ self: link, saga: link, history: link }),
  })
  .meta({ id: 'Why', description: 'Why a saga is where it is, and until when.' });
