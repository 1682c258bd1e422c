/** A titled part of a view. */
import { Group, Paper, Title } from '@mantine/core';
import { type ReactNode, useId } from 'react';

interface Given {
  readonly title: string;
  /** Beside the title, at its end. */
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

export function Panel({ title, aside, children }: Given) {
  const id = useId();
  return (
    <Paper component="section" aria-labelledby={id} className="panel">
      <Group justify="space-between" align="baseline" mb="xs" gap="xs">
        <Title order={2} id={id}>
          {title}
        </Title>
        {aside}
      </Group>
      {children}
    </Paper>
  );
}
