/** One message: its topic, who sends it, and its fields. And one named schema: its fields, and what names it. */
import { Stack, Text } from '@mantine/core';
import { Panel } from '../../parts/panel.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import type { Message, NamedSchema } from './documents.ts';
import { EntryHead } from './entry-head.tsx';
import { EntryLink } from './entry-link.tsx';
import { ShapeView } from './shape-view.tsx';

export function MessageView({ of: { name, summary, action, topic, shape } }: { readonly of: Message }) {
  const { t } = useTexts();
  return (
    <Stack gap="md">
      <EntryHead title={<span className="mono">{name}</span>} summary={summary}>
        <Text size="sm">
          {t.reference.directions[action]} <span className="mono strong">{topic.name}</span>{' '}
          <span className="dim">{topic.about}</span>
        </Text>
      </EntryHead>
      <Panel title={t.reference.fields}>
        <ShapeView of={shape} />
      </Panel>
    </Stack>
  );
}

export function SchemaView({ of: { name, summary, shape, usedBy } }: { readonly of: NamedSchema }) {
  const { t } = useTexts();
  return (
    <Stack gap="md">
      <EntryHead title={<span className="mono">{name}</span>} summary={summary} />
      <Panel title={t.reference.fields}>
        <ShapeView of={shape} />
      </Panel>
      {usedBy.length > 0 && (
        <Panel title={t.reference.usedBy}>
          <ul className="fields mono">
            {usedBy.map((user) => (
              <li key={`${user.kind} ${user.name}`}>
                <EntryLink to={user}>{user.name}</EntryLink>{' '}
                <span className="dim">{t.reference.one[user.kind]}</span>
              </li>
            ))}
          </ul>
        </Panel>
      )}
    </Stack>
  );
}
