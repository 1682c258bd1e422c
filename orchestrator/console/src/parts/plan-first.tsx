/** An act as a person carries it out: the plan first, then the reason that is kept, then exactly that plan or nothing. */
import { Alert, Button, Group, Stack, Text, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { ApiProblem } from '../api/call.ts';
import { useTexts } from '../texts/use-texts.ts';
import { useCopy } from './use-copy.ts';
import { useDraft } from './use-draft.ts';

interface Lines {
  readonly command?: string;
  readonly curl: string;
}

interface Given<P, R> {
  /** The name under which the reason outlives a sign-in. */
  readonly draft: string;
  /** What the fields say: a plan that was made for other ones is not shown. */
  readonly fields: string;
  readonly isComplete?: boolean;
  readonly children?: ReactNode;
  readonly makePlan: (reason: string) => Promise<P>;
  readonly showPlan: (plan: P) => ReactNode;
  readonly isPossible: (plan: P) => boolean;
  /** @param key the same for each attempt to apply this plan */
  readonly applyPlan: (plan: P, reason: string, key: string) => Promise<R>;
  /** The act as a person would send it without the console. */
  readonly linesOf: (plan: P, reason: string) => Lines;
  /** Whether it was done, so that its reason is no longer needed. */
  readonly isDone?: (result: R) => boolean;
  readonly onApplied?: (result: R) => void;
  readonly showResult?: (result: R) => ReactNode;
}

interface Made<P> {
  readonly plan: P;
  readonly madeFor: string;
  readonly key: string;
  /** What it is about has moved since the plan before. */
  readonly isChanged: boolean;
}

export function PlanFirst<P, R>(given: Given<P, R>) {
  const { draft, fields, isComplete = true, children, makePlan, showPlan, isPossible, applyPlan } = given;
  const { linesOf, isDone = () => true, onApplied, showResult = () => null } = given;
  const { t } = useTexts();
  const [typed, setTyped] = useDraft(`${draft}.reason`);
  const [made, setMade] = useState<Made<P> | null>(null);
  const reason = typed.trim();
  const madeFor = `${fields}\n${reason}`;
  const planning = useMutation({
    mutationFn: async (isChanged: boolean) => ({
      plan: await makePlan(reason),
      madeFor,
      key: crypto.randomUUID(),
      isChanged,
    }),
    onSuccess: setMade,
  });
  const applying = useMutation({
    mutationFn: ({ plan, key }: Made<P>) => applyPlan(plan, reason, key),
    onSuccess: (result) => {
      setMade(null);
      if (isDone(result)) setTyped('');
      onApplied?.(result);
    },
    onError: (error) => {
      // It has moved: nothing was done, and there is another plan.
      if (isMoved(error)) planning.mutate(true);
    },
  });
  const current = made?.madeFor === madeFor ? made : null;
  const failure = planning.error ?? (isMoved(applying.error) ? null : applying.error);
  return (
    <Stack gap="sm">
      {children}
      <Textarea
        label={t.act.reason}
        description={t.act.reasonAbout}
        value={typed}
        maxLength={1000}
        autosize
        minRows={2}
        onChange={({ currentTarget: { value } }) => setTyped(value)}
      />
      {current === null && (
        <Group>
          <Button
            variant="default"
            disabled={!isComplete || reason === ''}
            loading={planning.isPending}
            onClick={() => {
              applying.reset();
              planning.mutate(false);
            }}
          >
            {t.act.plan}
          </Button>
        </Group>
      )}
      {current !== null && (
        <>
          {current.isChanged && <Alert color="yellow">{t.act.changed}</Alert>}
          {showPlan(current.plan)}
          {isPossible(current.plan) && (
            <Group gap="xs">
              <Button loading={applying.isPending} onClick={() => applying.mutate(current)}>
                {t.act.apply}
              </Button>
              <CopyLines {...linesOf(current.plan, reason)} />
            </Group>
          )}
        </>
      )}
      {applying.isPending && <Text size="sm">{t.act.waiting}</Text>}
      {failure !== null && <Alert color="red">{failure.message}</Alert>}
      {applying.data !== undefined && showResult(applying.data)}
    </Stack>
  );
}

function isMoved(error: Error | null): boolean {
  return error instanceof ApiProblem && error.status === 412;
}

function CopyLines({ command, curl }: Lines) {
  const { t } = useTexts();
  const [copyingCurl, copyingCommand] = [useCopy(), useCopy()];
  return (
    <>
      {command !== undefined && (
        <Button variant="subtle" onClick={() => copyingCommand.copy(command)}>
          {copyingCommand.isCopied ? t.act.copied : t.act.copyCommand}
        </Button>
      )}
      <Button variant="subtle" onClick={() => copyingCurl.copy(curl)}>
        {copyingCurl.isCopied ? t.act.copied : t.act.copyCurl}
      </Button>
    </>
  );
}
