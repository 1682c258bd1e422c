/** The columns of the list of sagas, and one row of it. */
import { Checkbox } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { ListedSaga } from '../generated/api.ts';
import { Ago, Flags, ShortId, StateName, StatusBadge, Time } from '../parts/values.tsx';
import { type Formats, useTexts } from '../texts/use-texts.ts';
import type { Column } from './saga-columns.ts';

interface Shown {
  /** Of its head: the width, and the side on which it stands. */
  readonly head: string;
  readonly cell?: string;
  readonly title?: (saga: ListedSaga) => string;
  readonly show: (saga: ListedSaga, format: Formats) => ReactNode;
}

const SHOWN: Readonly<Record<Column, Shown>> = {
  status: { head: 'status', show: ({ status }) => <StatusBadge status={status} /> },
  state: {
    head: 'state',
    cell: 'clip',
    show: (saga) => (
      <>
        <StateName state={saga.state} /> <Flags of={saga} />
      </>
    ),
  },
  customer: {
    head: 'customer',
    cell: 'clip',
    title: ({ customerId }) => customerId,
    show: ({ customerId }) => <bdi>{customerId}</bdi>,
  },
  amount: {
    head: 'amount number',
    cell: 'number',
    show: ({ amount, currency }, format) =>
      amount !== null && currency !== null && format.money(amount, currency),
  },
  failure: {
    head: 'failure',
    cell: 'clip mono dim',
    show: ({ incident, lastFailure }) => {
      const failure = incident ?? lastFailure;
      return failure !== undefined && [failure.participant, failure.code].filter(Boolean).join(' ');
    },
  },
  inState: {
    head: 'span number',
    cell: 'number',
    show: ({ endedAt, stateSince }) => endedAt === null && <Ago at={stateSince} />,
  },
  age: { head: 'span number', cell: 'number', show: ({ createdAt }) => <Ago at={createdAt} /> },
  definition: {
    head: 'customer',
    cell: 'clip mono',
    show: ({ definition, definitionVersion }) => `${definition} v${definitionVersion}`,
  },
  created: { head: 'instant number', cell: 'number', show: ({ createdAt }) => <Time at={createdAt} /> },
  ended: {
    head: 'instant number',
    cell: 'number',
    show: ({ endedAt }) => endedAt !== null && <Time at={endedAt} />,
  },
};

interface ColumnsGiven {
  readonly columns: readonly Column[];
  readonly isAll: boolean;
  readonly isSome: boolean;
  readonly toggleAll: () => void;
}

export function SagaColumns({ columns, isAll, isSome, toggleAll }: ColumnsGiven) {
  const { t } = useTexts();
  return (
    <thead>
      <tr>
        <th scope="col" className="check">
          <Checkbox
            size="xs"
            aria-label={t.list.selectAll}
            checked={isAll}
            indeterminate={isSome && !isAll}
            onChange={toggleAll}
          />
        </th>
        <th scope="col" className="id">
          {t.list.saga}
        </th>
        {columns.map((column) => (
          <th scope="col" key={column} className={SHOWN[column].head}>
            {t.list.columnNames[column]}
          </th>
        ))}
      </tr>
    </thead>
  );
}

interface RowGiven {
  readonly saga: ListedSaga;
  readonly columns: readonly Column[];
  readonly index: number;
  readonly isCurrent: boolean;
  readonly isSelected: boolean;
  readonly toggle: () => void;
}

export function SagaRow({ saga, columns, index, isCurrent, isSelected, toggle }: RowGiven) {
  const { t, format } = useTexts();
  const { sagaId } = saga;
  return (
    <tr aria-rowindex={index + 2} data-current={isCurrent || undefined}>
      <td className="check">
        <Checkbox size="xs" aria-label={t.list.selectRow(sagaId)} checked={isSelected} onChange={toggle} />
      </td>
      <td>
        <Link to="/sagas/$id" params={{ id: sagaId }} className="stretch">
          <ShortId id={sagaId} />
        </Link>
      </td>
      {columns.map((column) => {
        const { cell, title, show } = SHOWN[column];
        return (
          <td key={column} className={cell} title={title?.(saga)}>
            {show(saga, format)}
          </td>
        );
      })}
    </tr>
  );
}
