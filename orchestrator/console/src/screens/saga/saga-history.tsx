/** The history of a saga, newest last: each message and what followed from it, with its content. */
import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { SagaHistory as History } from '../../generated/api.ts';
import { StateName, Time } from '../../parts/values.tsx';
import { useTexts } from '../../texts/use-texts.ts';

type Event = History['events'][number];

export function SagaHistory({ history: { events } }: { readonly history: History }) {
  const { format } = useTexts();
  return (
    <ol className="history">
      {events.map((event, index) => {
        const before = events[index - 1];
        const tookMs = before === undefined ? null : Date.parse(event.at) - Date.parse(before.at);
        return (
          <li key={index} data-kind={event.kind} data-outcome={outcomeOf(event)}>
            <span className="when">
              <Time at={event.at} clock />
              {tookMs !== null && tookMs >= 0 && <span className="dim number">+{format.span(tookMs)}</span>}
            </span>
            <HistoryEvent event={event} />
          </li>
        );
      })}
    </ol>
  );
}

/** A refusal, or an action of a person, is seen at once. */
function outcomeOf(event: Event): string {
  if (event.kind !== 'transition') return event.kind;
  if (event.action !== undefined) return 'action';
  return /(declined|refused|Refused|Deadline|failed)$/.test(event.type) ? 'refusal' : 'success';
}

function HistoryEvent({ event }: { readonly event: Event }) {
  const { t } = useTexts();
  switch (event.kind) {
    case 'transition':
      return (
        <div className="event">
          <span className="strong mono">{event.type}</span>
          {event.from !== event.to && (
            <span className="to">
              → <StateName state={event.to} />
            </span>
          )}
          {event.actor !== undefined && (
            <Text size="xs">
              {t.saga.by(event.actor)}: {event.reason}
            </Text>
          )}
          <Refusal data={event.received.data} />
          {event.sent.length > 0 && (
            <span className="line dim">
              {t.saga.sent}{' '}
              {event.sent
                .map(({ id, type, again }) => `${type ?? id}${again ? ` (${t.act.again})` : ''}`)
                .join(', ')}
            </span>
          )}
          <Content>
            {{
              received: event.received,
              ...(event.sent.length > 0 && { sent: event.sent }),
              ...(event.change.contextPatch !== undefined && { change: event.change.contextPatch }),
            }}
          </Content>
        </div>
      );
    case 'action':
      return (
        <div className="event">
          <span className="strong">
            {t.saga.action} {event.action}
          </span>{' '}
          {event.state} · {t.saga.by(event.actor)}: {event.reason}
          {event.detail !== null && <span className="line dim">{event.detail}</span>}
        </div>
      );
    case 'resend':
      return (
        <div className="event">
          <span className="mono">{event.commandId.slice(event.commandId.indexOf('/') + 1)}</span>{' '}
          <span className="dim">{t.saga.resend}</span>
        </div>
      );
    default:
      return (
        <div className="event">
          <span className="strong mono">{event.type}</span>{' '}
          <span className="dim">{event.kind === 'repeat' ? t.saga.repeat : t.saga.unmatched}</span>
          <Content>{event}</Content>
        </div>
      );
  }
}

/** What a participant said, where it refused. */
function Refusal({ data }: { readonly data: unknown }) {
  const { code, text } = (typeof data === 'object' && data !== null ? data : {}) as {
    code?: unknown;
    text?: unknown;
  };
  if (typeof code !== 'string') return null;
  return (
    <span className="line">
      <span className="mono">{code}</span>
      {typeof text === 'string' && ` · ${text}`}
    </span>
  );
}

function Content({ children }: { readonly children: object }): ReactNode {
  const { t } = useTexts();
  return (
    <details className="more">
      <summary>{t.saga.payload}</summary>
      <pre className="json">{JSON.stringify(children, null, 2)}</pre>
    </details>
  );
}
