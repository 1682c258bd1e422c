/** The engines and each participant: who reads its queue, how far behind it is, and which sagas fail at it. */
import { Anchor, Text, UnstyledButton } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useLive } from '../../api/live.ts';
import { Panel } from '../../parts/panel.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { Ago } from '../../parts/values.tsx';
import { ViewTitle } from '../../parts/view-title.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { Members, Rate, Staleness, Unknown, useParticipants, Waited } from './queue-values.tsx';
import { levelOf, type Participant } from './worst-first.ts';

/** Where no event comes. */
const REFRESH_MS = 5_000;
/** Codes in a row; the others are behind a link. */
const CODES_MAX = 3;

type Queue = NonNullable<Participant['queue']>;

export function ParticipantList() {
  const { t } = useTexts();
  const queries = useQueryClient();
  const participants = useParticipants('participants', REFRESH_MS);
  useLive('/v1/sagas/events?moves=false&counts=true', () => {
    void queries.invalidateQueries({ queryKey: ['participants'] });
  });
  const observedAt = participants.data?.observedAt ?? null;
  return (
    <div className="list">
      <ViewTitle title={t.participants.title} about={t.participants.about} />
      <Panel
        title={t.participants.queues}
        aside={
          observedAt !== null && (
            <Text size="xs" c="dimmed">
              {t.participants.observed[0]} <Ago at={observedAt} /> {t.participants.observed[1]}
            </Text>
          )
        }
      >
        <Loaded of={participants} lines={6}>
          {(data) => (
            <>
              <Staleness of={data} />
              {data.items.length === 0 ? <Empty>{t.participants.none}</Empty> : <Queues items={data.items} />}
              {data.hasMoreFailures && <Empty>{t.participants.partial}</Empty>}
              {data.failuresArePartial && <Empty>{t.participants.uncounted}</Empty>}
            </>
          )}
        </Loaded>
      </Panel>
    </div>
  );
}

function Queues({ items }: { readonly items: readonly Participant[] }) {
  const { t } = useTexts();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls is reached by the keyboard
    <section className="scroll" tabIndex={0} aria-label={t.participants.title}>
      <table className="queues">
        <thead>
          <tr>
            <th scope="col">{t.participants.name}</th>
            <th scope="col" className="number">
              {t.participants.members}
            </th>
            <th scope="col" className="number">
              {t.participants.unread}
            </th>
            <th scope="col" className="number">
              {t.participants.oldest}
            </th>
            <th scope="col" className="number">
              {t.participants.read}
            </th>
            <th scope="col" className="number">
              {t.participants.written}
            </th>
            <th scope="col">{t.participants.worst}</th>
            <th scope="col">{t.participants.failures}</th>
          </tr>
        </thead>
        {items.map((item) => (
          <Rows key={item.participant} of={item} />
        ))}
      </table>
    </section>
  );
}

/** A participant, and its topics where there are several and somebody wants to see them. */
function Rows({ of }: { readonly of: Participant }) {
  const { t } = useTexts();
  const [isOpen, setOpen] = useState(false);
  const { participant, group, queue } = of;
  const topics = queue?.topics ?? [];
  return (
    <tbody>
      <tr data-level={levelOf(queue, of.members)} data-participant={participant}>
        <th scope="row">
          <span className="strong">{participant}</span>
          {group !== participant && (
            <span className="line dim">
              {t.participants.group} <span className="mono">{group}</span>
            </span>
          )}
          {topics.length > 1 && (
            <UnstyledButton
              className="line dim small"
              aria-expanded={isOpen}
              onClick={() => setOpen(!isOpen)}
            >
              {isOpen ? '▾' : '▸'} {t.participants.topics(topics.length)}
            </UnstyledButton>
          )}
        </th>
        <td className="number">
          <Members of={of} />
        </td>
        <QueueCells of={queue} />
        <td>
          <Failures of={of} />
        </td>
      </tr>
      {isOpen &&
        topics.map((topic) => (
          <tr key={topic.topic} className="part">
            <th scope="row" colSpan={2} className="mono">
              {topic.topic}
            </th>
            <QueueCells of={topic} />
            <td />
          </tr>
        ))}
    </tbody>
  );
}

function QueueCells({ of }: { readonly of: Omit<Queue, 'topics'> | null }) {
  const { t, format } = useTexts();
  if (of === null)
    return (
      <td colSpan={5} className="number">
        <Unknown title={t.participants.never} />
      </td>
    );
  const { lag, worst } = of;
  return (
    <>
      <td className="number unread">{format.count(lag)}</td>
      <td className="number oldest">
        <Waited of={of} />
      </td>
      <td className="number">
        <Rate perSecond={of.readPerSecond} />
      </td>
      <td className="number">
        <Rate perSecond={of.writtenPerSecond} />
      </td>
      <td className="nowrap">
        {worst !== null && (
          <>
            <span className="mono">
              {worst.topic}/{worst.partition}
            </span>
            <span className="line dim small">
              {t.participants.positions(format.count(worst.readTo), format.count(worst.end))}
            </span>
          </>
        )}
      </td>
    </>
  );
}

/** The sagas that fail at it, by code: each opens their list. */
function Failures({ of: { participant, failures } }: { readonly of: Participant }) {
  const { t, format } = useTexts();
  if (failures.length === 0) return <span className="dim">·</span>;
  const search = { failureParticipant: participant, active: 'true' };
  return (
    <ul className="codes">
      {failures.slice(0, CODES_MAX).map(({ code, sagas, stuck, newestAt }) => (
        <li key={code}>
          <Anchor
            inherit
            renderRoot={(given) => <Link to="/sagas" search={{ ...search, failureCode: code }} {...given} />}
          >
            <span className="number">{format.count(sagas)}</span> <span className="mono">{code}</span>
          </Anchor>
          <span className="dim small">
            {stuck > 0 && `${format.count(stuck)} ${t.flags.stuck} · `}
            <Ago at={newestAt} />
          </span>
        </li>
      ))}
      {failures.length > CODES_MAX && (
        <li>
          <Anchor inherit renderRoot={(given) => <Link to="/sagas" search={search} {...given} />}>
            {t.count.more(failures.length - CODES_MAX)}
          </Anchor>
        </li>
      )}
    </ul>
  );
}
