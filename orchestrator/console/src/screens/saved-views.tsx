/** Filters of sagas under a name: one's own and the shared ones. */
import { Button, Checkbox, Group, NativeSelect, Text, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { call } from '../api/call.ts';
import { useMay } from '../api/use-caller.ts';
import type { SavedView, SavedViewPlan, SavedViewRequest } from '../generated/api.ts';
import { Dialog } from '../parts/dialog.tsx';
import { curlPost } from '../parts/lines.ts';
import { PlanFirst } from '../parts/plan-first.tsx';
import { PlanTitle } from '../parts/plan-title.tsx';
import { useTexts } from '../texts/use-texts.ts';
import { FilterPills } from './filter-pills.tsx';
import { chosen, type Filters, filtersOf, typedFilter } from './filters.ts';

const route = getRouteApi('/sagas');
const VIEWS_MAX = 100;

/** Opens a view, and saves the filters as one. */
export function SavedViews({ filters }: { readonly filters: Filters }) {
  const { t } = useTexts();
  const navigate = route.useNavigate();
  const maySave = useMay('createView');
  const [isSaving, setSaving] = useState(false);
  const views = useQuery({
    queryKey: ['views'],
    queryFn: () => call('listViews', { query: { limit: VIEWS_MAX } }),
  });
  const items = views.data?.items ?? [];
  const open = (id: string) => {
    const view = items.find(({ viewId }) => viewId === id);
    if (view !== undefined) void navigate({ search: { ...filtersOf(view.filter), sort: view.sort } });
  };
  return (
    <>
      {items.length > 0 && (
        <NativeSelect
          label={t.views.title}
          value=""
          onChange={({ currentTarget: { value } }) => open(value)}
          data={[
            { value: '', label: t.views.choose },
            ...items.map(({ viewId, name, shared, owner }) => ({
              value: viewId,
              label: shared ? `${name} · ${owner}` : name,
            })),
          ]}
        />
      )}
      {maySave && chosen(filters).length > 0 && (
        <Button variant="subtle" size="compact-xs" mb={4} onClick={() => setSaving(true)}>
          {t.views.save}
        </Button>
      )}
      <Dialog opened={isSaving} title={t.views.save} onClose={() => setSaving(false)}>
        <SaveView filters={filters} onSaved={() => setSaving(false)} />
      </Dialog>
    </>
  );
}

function SaveView({ filters, onSaved }: { readonly filters: Filters; readonly onSaved: () => void }) {
  const { t } = useTexts();
  const queries = useQueryClient();
  const mayShare = useMay('actOnSagas');
  const [typed, setTyped] = useState('');
  const [shared, setShared] = useState(false);
  const name = typed.trim();
  const view = {
    ...{ name, filter: typedFilter(filters) },
    ...(filters.sort !== undefined && { sort: filters.sort }),
    ...(shared && { shared }),
  };
  const bodyOf = (more: object) => ({ ...view, ...more }) as SavedViewRequest;
  return (
    <PlanFirst
      draft="view"
      fields={JSON.stringify(view)}
      isComplete={name !== ''}
      makePlan={async (reason) =>
        (await call('createView', { body: bodyOf({ reason, dryRun: true }) })) as SavedViewPlan
      }
      showPlan={({ planHash }) => (
        <div className="plan">
          <PlanTitle hash={planHash} />
          <Text size="sm">{t.views.plan(name)}</Text>
        </div>
      )}
      isPossible={() => true}
      applyPlan={async ({ planHash }, reason) =>
        (await call('createView', { body: bodyOf({ reason, planHash }) })) as SavedView
      }
      onApplied={() => {
        void queries.invalidateQueries({ queryKey: ['views'] });
        onSaved();
      }}
      linesOf={({ planHash }, reason) => ({
        curl: curlPost(`${location.origin}/v1/views`, {}, bodyOf({ reason, planHash })),
      })}
    >
      <Group gap={4}>
        <FilterPills filters={filters} />
      </Group>
      <TextInput
        data-autofocus
        label={t.views.name}
        value={typed}
        maxLength={100}
        onChange={({ currentTarget }) => setTyped(currentTarget.value)}
      />
      {mayShare && (
        <Checkbox
          label={t.views.shared}
          checked={shared}
          onChange={({ currentTarget }) => setShared(currentTarget.checked)}
        />
      )}
    </PlanFirst>
  );
}
