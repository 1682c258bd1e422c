/** Chooses the columns of the list of sagas. */
import { Anchor, Checkbox, Popover, Stack } from '@mantine/core';
import { useTexts } from '../texts/use-texts.ts';
import { COLUMNS, type Column, toggled } from './saga-columns.ts';

interface Given {
  readonly columns: readonly Column[];
  /** Null: those of the beginning. */
  readonly choose: (columns: readonly Column[] | null) => void;
}

export function ChooseColumns({ columns, choose }: Given) {
  const { t } = useTexts();
  return (
    <Popover position="bottom-end" withinPortal={false} trapFocus returnFocus>
      <Popover.Target>
        <Anchor component="button" type="button" size="xs">
          {t.list.columns}
        </Anchor>
      </Popover.Target>
      <Popover.Dropdown p="sm" aria-label={t.list.columns}>
        <Stack gap={8} align="flex-start">
          {COLUMNS.map((column) => (
            <Checkbox
              key={column}
              size="xs"
              label={t.list.columnNames[column]}
              checked={columns.includes(column)}
              onChange={() => choose(toggled(columns, column))}
            />
          ))}
          <Anchor component="button" type="button" size="xs" onClick={() => choose(null)}>
            {t.list.columnsBack}
          </Anchor>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
