/** A message's content as a person reads it, whatever its bytes are. */
import { Text } from '@mantine/core';
import type { ReadableBody } from '../../generated/api.ts';
import { useTexts } from '../../texts/use-texts.ts';

export function MessageBody({ body }: { readonly body: ReadableBody }) {
  const { t } = useTexts();
  if (body.format === 'hidden') return <Text size="sm">{t.saga.hidden}</Text>;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls is reached by the keyboard */}
      <pre className="json" tabIndex={0}>
        {textOf(body)}
      </pre>
      {body.format !== 'json' && body.truncated && (
        <Text size="xs" c="dimmed">
          {t.letters.truncated}
        </Text>
      )}
    </>
  );
}

/** The text that a person may correct. */
export function textOf(body: ReadableBody): string {
  if (body.format === 'json') return JSON.stringify(body.json, null, 2);
  return body.format === 'text' || body.format === 'hex' ? body.text : '';
}
