/** Sends one dead letter again, corrects it, or discards it, as planned. */
import { Alert, Checkbox, NativeSelect, Text, Textarea } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/call.ts';
import type {
  DeadLetterDiscarded,
  DeadLetterEdited,
  DeadLetterMessage,
  DeadLetterSent,
  ListedDeadLetter,
} from '../../generated/api.ts';
import { curlPost, quoted } from '../../parts/lines.ts';
import { Panel } from '../../parts/panel.tsx';
import { PlanFirst } from '../../parts/plan-first.tsx';
import { PlanTitle } from '../../parts/plan-title.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { MessageBody, textOf } from './message-body.tsx';

const ACTS = ['send', 'edit', 'discard'] as const;
type Act = (typeof ACTS)[number];
type Plan = DeadLetterSent | DeadLetterEdited | DeadLetterDiscarded;
const OPERATIONS = {
  send: 'resendDeadLetter',
  edit: 'editDeadLetter',
  discard: 'discardDeadLetter',
} as const;

interface Given {
  readonly letter: ListedDeadLetter;
  /** Undefined while it is read. */
  readonly message: DeadLetterMessage | undefined;
}

export function ActOnLetter({ letter, message }: Given) {
  const { t } = useTexts();
  const queries = useQueryClient();
  const { partition, offset, links } = letter;
  const id = `${partition}/${offset}`;
  const [act, setAct] = useState<Act>('send');
  const [force, setForce] = useState(false);
  const [changesIdentity, setChangesIdentity] = useState(false);
  const [typed, setTyped] = useState<string | null>(null);
  const value = typed ?? (message === undefined ? '' : textOf(message.edited ?? message.original));
  const own = {
    send: force ? { force } : {},
    edit: changesIdentity ? { value, changesIdentity } : { value },
    discard: {},
  }[act];
  const post = (body: object, headers?: Readonly<Record<string, string>>) =>
    call(OPERATIONS[act], {
      params: { partition, offset },
      ...(headers !== undefined && { headers }),
      body: body as never,
    }) as Promise<Plan>;
  const link = { send: links.resend, edit: links.edit, discard: links.discard }[act];
  return (
    <Panel title={t.letters.act}>
      <PlanFirst
        draft={`letter.${id}`}
        fields={JSON.stringify([act, own])}
        isComplete={act !== 'edit' || value !== ''}
        makePlan={(reason) => post({ ...own, reason, dryRun: true })}
        showPlan={(plan) => <LetterPlan plan={plan} />}
        isPossible={() => true}
        applyPlan={({ planHash }, reason, key) =>
          post({ ...own, reason, planHash }, { 'idempotency-key': key })
        }
        onApplied={() => {
          setTyped(null);
          void queries.invalidateQueries({ queryKey: ['dead-letter'] });
        }}
        linesOf={({ planHash }, reason) => ({
          command: [
            `npm run -s saga -- dead-letter ${act} ${id}`,
            ...(act === 'edit' ? ['--value', quoted(value)] : []),
            ...(act === 'edit' && changesIdentity ? ['--changes-identity'] : []),
            ...(act === 'send' && force ? ['--force'] : []),
            `--reason ${quoted(reason)} --plan ${planHash} --yes`,
          ].join(' '),
          curl: curlPost(location.origin + link, {}, { ...own, reason, planHash }),
        })}
        showResult={() => <Alert color="teal">{t.letters.done[act]}</Alert>}
      >
        <NativeSelect
          label={t.act.choose}
          value={act}
          onChange={({ currentTarget }) => setAct(currentTarget.value as Act)}
          data={ACTS.map((one) => ({ value: one, label: t.letters.acts[one] }))}
        />
        {act === 'send' && letter.state !== 'open' && (
          <Checkbox
            label={t.letters.force}
            checked={force}
            onChange={({ currentTarget }) => setForce(currentTarget.checked)}
          />
        )}
        {act === 'edit' && (
          <>
            <Textarea
              label={t.letters.body}
              description={t.letters.bodyAbout}
              value={value}
              autosize
              minRows={6}
              maxRows={24}
              classNames={{ input: 'mono' }}
              onChange={({ currentTarget }) => setTyped(currentTarget.value)}
            />
            <Checkbox
              label={t.letters.identity}
              checked={changesIdentity}
              onChange={({ currentTarget }) => setChangesIdentity(currentTarget.checked)}
            />
          </>
        )}
      </PlanFirst>
    </Panel>
  );
}

function LetterPlan({ plan }: { readonly plan: Plan }) {
  const { t, format } = useTexts();
  return (
    <div className="plan">
      <PlanTitle hash={plan.planHash} />
      {'differences' in plan && (
        <>
          <ul>
            {plan.differences.map(({ pointer, kind, before, after }) => (
              <li key={pointer}>
                <span className="mono">{pointer}</span> {t.letters.changes[kind]}{' '}
                <span className="mono dim">
                  {kind === 'added' ? '' : JSON.stringify(before)} →{' '}
                  {kind === 'removed' ? '' : JSON.stringify(after)}
                </span>
              </li>
            ))}
          </ul>
          {plan.changesIdentity.map((what) => (
            <Alert key={what} color="yellow">
              {what}
            </Alert>
          ))}
        </>
      )}
      {'message' in plan ? (
        <>
          <Text size="sm" mb={4}>
            {'differences' in plan ? t.letters.wouldGo : t.letters.goes}{' '}
            <span className="mono">{plan.message.topic}</span>, {format.count(plan.message.bytes)} B
          </Text>
          <MessageBody body={plan.message.body} />
        </>
      ) : (
        <Text size="sm">{t.letters.discards}</Text>
      )}
    </div>
  );
}
