/** What stands above an operation, a message or a schema. */
import { Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { EntryLink } from './entry-link.tsx';
import { Prose, Words } from './prose.tsx';

interface Given {
  readonly title: ReactNode;
  readonly summary: string;
  readonly about?: string;
  readonly children?: ReactNode;
}

export function EntryHead({ title, summary, about = '', children }: Given) {
  return (
    <Stack gap={6}>
      <Title order={2} className="entry-title">
        {title}
      </Title>
      {summary !== '' && (
        <Text size="md">
          <Words of={summary} />
        </Text>
      )}
      {about !== '' && <Prose of={about} />}
      {children}
    </Stack>
  );
}

/** The name of a body's schema, which leads to it. */
export function SchemaName({ of }: { readonly of: string | null }) {
  if (of === null) return null;
  return (
    <Text size="sm" className="mono">
      <EntryLink to={{ kind: 'schemas', name: of }}>{of}</EntryLink>
    </Text>
  );
}
