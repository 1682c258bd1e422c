/** One operation: who may call it, what it takes, what it answers, and the problems it answers instead. */
import { Badge, Group, Stack, Text } from '@mantine/core';
import { useCaller } from '../../api/use-caller.ts';
import { Panel } from '../../parts/panel.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import type { Answer, Operation, Problem } from './documents.ts';
import { EntryHead, SchemaName } from './entry-head.tsx';
import { Method } from './entry-link.tsx';
import { Parameters, ShapeView } from './shape-view.tsx';

export function OperationView({ of }: { readonly of: Operation }) {
  const { t } = useTexts();
  const { method, path, name, summary, about, roles, parameters, body, answers, problems } = of;
  return (
    <Stack gap="md">
      <EntryHead
        title={
          <>
            {method !== null && <Method of={method} />} <span className="mono">{path}</span>
          </>
        }
        summary={summary}
        about={about}
      >
        <Roles of={roles} />
        <Text size="xs" c="dimmed" className="mono">
          {name}
        </Text>
      </EntryHead>
      {parameters.length > 0 && (
        <Panel title={t.reference.parameters}>
          <Parameters of={parameters} />
        </Panel>
      )}
      {body !== null && (
        <Panel title={t.reference.request} aside={<SchemaName of={body.schema} />}>
          {!body.required && (
            <Text size="sm" c="dimmed">
              {t.reference.optional}
            </Text>
          )}
          <ShapeView of={body.shape} />
        </Panel>
      )}
      {answers.map((answer) => (
        <OneAnswer key={`${answer.status} ${answer.type}`} of={answer} />
      ))}
      <Problems of={problems} />
    </Stack>
  );
}

function Roles({ of }: { readonly of: Operation['roles'] }) {
  const { t } = useTexts();
  const own = useCaller().data?.role;
  if (of === null) return <Text size="sm">{t.reference.noToken}</Text>;
  return (
    <Group gap={6}>
      {of.map((role) => (
        <Badge key={role} color={role === own ? 'teal' : 'gray'} className="flag">
          {t.roles[role as keyof typeof t.roles] ?? role}
        </Badge>
      ))}
      {own !== undefined && (
        <Text size="xs" c="dimmed">
          {of.includes(own) ? t.reference.yours : t.reference.notYours}
        </Text>
      )}
    </Group>
  );
}

function OneAnswer({ of: { status, meaning, type, headers, schema, shape } }: { readonly of: Answer }) {
  const { t } = useTexts();
  return (
    <Panel title={`${t.reference.answer} ${status} ${meaning}`} aside={<SchemaName of={schema} />}>
      {headers.length > 0 && (
        <Text size="sm" c="dimmed" mb={4}>
          {t.reference.headers} <span className="mono">{headers.join(', ')}</span>
        </Text>
      )}
      {type === '' ? (
        <Text size="sm" c="dimmed">
          {t.reference.noBody}
        </Text>
      ) : (
        <>
          <Text size="xs" c="dimmed" className="mono" mb={4}>
            {type}
          </Text>
          <ShapeView of={shape} />
        </>
      )}
    </Panel>
  );
}

function Problems({ of }: { readonly of: readonly Problem[] }) {
  const { t } = useTexts();
  if (of.length === 0) return null;
  return (
    <Panel title={t.reference.problems}>
      <ul className="fields">
        {of.map(({ status, kind, title }) => (
          <li key={kind}>
            <span className="mono strong">{status}</span> <span className="mono">{kind}</span>{' '}
            <span className="dim">{title}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
