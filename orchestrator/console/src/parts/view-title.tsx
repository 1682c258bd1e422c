/** The title of a view, and what it is about. */
import { Text, Title } from '@mantine/core';

export function ViewTitle({ title, about }: { readonly title: string; readonly about: string }) {
  return (
    <div>
      <Title order={1} mb={4}>
        {title}
      </Title>
      <Text size="sm" c="dimmed">
        {about}
      </Text>
    </div>
  );
}
