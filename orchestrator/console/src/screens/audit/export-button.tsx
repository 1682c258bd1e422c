/** Saves what the filters of the audit match as a file of JSON lines, and says how many entries it has. */
import { Anchor, Button, Group, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { saveFile } from '../../parts/save-file.ts';
import { useTexts } from '../../texts/use-texts.ts';
import type { AuditFilters } from './audit-filters.ts';
import { exportAudit } from './export-audit.ts';

export function ExportButton({ filters }: { readonly filters: AuditFilters }) {
  const { t, format } = useTexts();
  const [read, setRead] = useState(0);
  const reading = useRef<AbortController | null>(null);
  const exporting = useMutation({
    mutationFn: async () => {
      reading.current = new AbortController();
      setRead(0);
      const { file, ...said } = await exportAudit(filters, setRead, reading.current.signal);
      saveFile(
        file,
        `audit-${new Date()
          .toISOString()
          .replace(/\.\d+Z$/, 'Z')
          .replaceAll(':', '')}.jsonl`,
      );
      return said;
    },
  });
  const { data, error, isPending } = exporting;
  const stop = () => reading.current?.abort();
  useEffect(() => stop, []);
  return (
    <Group gap="sm" role="status">
      {isPending && (
        <Text size="sm" className="number">
          {t.audit.exporting(format.count(read))}{' '}
          <Anchor component="button" type="button" size="sm" onClick={stop}>
            {t.audit.stop}
          </Anchor>
        </Text>
      )}
      {error !== null && error.name !== 'AbortError' && (
        <Text size="sm" c="red">
          {error.message}
        </Text>
      )}
      {!isPending && data !== undefined && (
        <Text size="sm" className="number">
          {t.audit.exported(data.entries)} {data.hasMore && t.audit.exportedPart}
        </Text>
      )}
      <Button variant="default" loading={isPending} onClick={() => exporting.mutate()}>
        {t.audit.export}
      </Button>
    </Group>
  );
}
