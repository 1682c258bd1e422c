/** The columns of the list of sagas, and one row of it. */
import { Checkbox } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ListedSaga } from '../generated/api.ts';
import { Ago, Flags, ShortId, StateName, StatusBadge } from '../parts/values.tsx';
import { useTexts } from '../texts/use-texts.ts';

interface ColumnsGiven {
  readonly isAll: boolean;
  readonly isSome: boolean;
  readonly toggleAll: () => void;
}

export function SagaColumns({ isAll, isSome, toggleAll }: ColumnsGiven) {
  const { t } = useTexts();
  const columns = [
    ['id', t.list.saga],
    ['status', t.list.status],
    ['state', t.list.state],
    ['customer', t.list.customer],
    ['amount number', t.list.amount],
    ['failure', t.list.failure],
    ['span number', t.list.inState],
    ['span number', t.list.age],
  ] as const;
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
        {columns.map(([className, title]) => (
          <th scope="col" key={title} className={className}>
            {title}
          </th>
        ))}
      </tr>
    </thead>
  );
}

interface RowGiven {
  readonly saga: ListedSaga;
  readonly index: number;
  readonly isCurrent: boolean;
  readonly isSelected: boolean;
  readonly toggle: () => void;
}

export function SagaRow({ saga, index, isCurrent, isSelected, toggle }: RowGiven) {
  const { t, format } = useTexts();
  const { sagaId, status, state, customerId, amount, currency, incident, lastFailure } = saga;
  const failure = incident ?? lastFailure;
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
      <td>
        <StatusBadge status={status} />
      </td>
      <td className="clip">
        <StateName state={state} /> <Flags of={saga} />
      </td>
      <td className="clip" title={customerId}>
        <bdi>{customerId}</bdi>
      </td>
      <td className="number">{amount !== null && currency !== null && format.money(amount, currency)}</td>
      <td className="clip mono dim">
        {failure !== undefined && [failure.participant, failure.code].filter(Boolean).join(' ')}
      </td>
      <td className="number">{saga.endedAt === null && <Ago at={saga.stateSince} />}</td>
      <td className="number">
        <Ago at={saga.createdAt} />
      </td>
    </tr>
  );
}
