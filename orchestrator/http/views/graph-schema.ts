/** The schemas of a definition's graph, and of a saga's. */
import * as z from 'zod';
import { uuid } from '#platform/http/schemas.ts';
import { status } from './status.ts';

const progress = z
  .enum(['current', 'taken', 'compensated', 'remaining', 'open'])
  .describe(
    'Of a saga. current: it is in this state, or awaits what takes this transition. compensated: taken, and undone since. ' +
      'remaining: on its way, if all goes well. open: none of these.',
  );

const node = z.object({
  id: z.string().describe('The dotted path of the state.'),
  parent: z.string().nullable().describe('The state it is a child of.'),
  kind: z.enum(['initial', 'step', 'group', 'end']),
  status: status.nullable().describe('Of a saga in this state; null: no saga rests in a group.'),
  commands: z.array(z.string()).describe('Issued on entry.'),
  publishes: z.array(z.string()).describe('Published on entry.'),
});

const edge = z.object({
  id: z.string(),
  from: z.string(),
  to: z.string(),
  event: z.string().describe('A message’s type, or a time limit’s name.'),
  kind: z.enum(['start', 'success', 'refusal', 'timer', 'action']),
  guard: z.string().nullable().describe('Taken only under this condition.'),
  stays: z.boolean().describe('The saga keeps its state.'),
  raises: z.string().nullable().describe('The code of the incident it raises.'),
  publishes: z.array(z.string()),
});

const definition = { definition: z.string(), definitionVersion: z.int() };

export const definitionGraph = z
  .object({ ...definition, nodes: z.array(node), edges: z.array(edge) })
  .meta({ id: 'DefinitionGraph', description: 'A machine’s states and transitions, in its own order.' });

export const sagaGraph = z
  .object({
    sagaId: uuid,
    ...definition,
    status,
    state: z.string(),
    stuck: z.boolean(),
    nodes: z.array(node.extend({ progress })),
    edges: z.array(
      edge.extend({
        progress,
        versions: z.array(z.int()).describe('The saga’s versions after the transitions that took it.'),
      }),
    ),
  })
  .meta({ id: 'SagaGraph', description: 'The graph of its definition, with the saga’s own way through it.' });
