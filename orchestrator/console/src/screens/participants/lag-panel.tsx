/** On the overview: which participants are behind, worst first. */
import { Anchor } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Panel } from '../../parts/panel.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { Members, Staleness, Unknown, useParticipants, Waited } from './queue-values.tsx';
import { levelOf, type Participant, worstFirst } from './worst-first.ts';

const SHOWN_MAX = 5;
/** The overview's events come sooner. */
const REFRESH_MS = 30_000;

export function LagPanel() {
  const { t } = useTexts();
  const participants = useParticipants('overview', REFRESH_MS);
  return (
    <Panel
      title={t.participants.lag}
      aside={
        <Anchor size="xs" renderRoot={(given) => <Link to="/participants" {...given} />}>
          {t.participants.title}
        </Anchor>
      }
    >
      <Loaded of={participants}>
        {(data) => (
          <>
            <Staleness of={data} />
            {data.items.length === 0 && <Empty>{t.participants.none}</Empty>}
            <ul className="rows">
              {worstFirst(data.items)
                .slice(0, SHOWN_MAX)
                .map((item) => (
                  <Line key={item.participant} of={item} />
                ))}
            </ul>
          </>
        )}
      </Loaded>
    </Panel>
  );
}

function Line({ of }: { readonly of: Participant }) {
  const { t, format } = useTexts();
  const { participant, queue, members } = of;
  return (
    <li>
      <Link to="/participants" className="row lag" data-level={levelOf(queue, members)}>
        <span className="grow clip">{participant}</span>
        {members === 0 && <Members of={of} />}
        {queue === null ? (
          <Unknown title={t.participants.never} />
        ) : (
          <>
            <span className={queue.lag === 0 ? 'dim' : 'unread'}>
              {queue.lag === 0 ? t.participants.allRead : t.participants.unreadCount(format.count(queue.lag))}
            </span>
            <span className="oldest nowrap age">
              <Waited of={queue} />
            </span>
          </>
        )}
      </Link>
    </li>
  );
}
