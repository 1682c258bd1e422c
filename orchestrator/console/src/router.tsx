/** The views and their addresses: what a view filters by is in its address. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { NotFound } from './parts/states.tsx';
import { ErasureList } from './screens/access/erasure-list.tsx';
import { KeyList } from './screens/access/key-list.tsx';
import { TokenList } from './screens/access/token-list.tsx';
import { readAuditFilters } from './screens/audit/audit-filters.ts';
import { AuditList } from './screens/audit/audit-list.tsx';
import { BatchList } from './screens/batches/batch-list.tsx';
import { BatchView } from './screens/batches/batch-view.tsx';
import { NewBatch } from './screens/batches/new-batch.tsx';
import { BrakeList } from './screens/brakes/brake-list.tsx';
import { BrakeView } from './screens/brakes/brake-view.tsx';
import { CampaignList } from './screens/coupons/campaign-list.tsx';
import { CampaignView } from './screens/coupons/campaign-view.tsx';
import { readLetterFilters } from './screens/dead-letters/letter-filters.ts';
import { LetterList } from './screens/dead-letters/letter-list.tsx';
import { LetterView } from './screens/dead-letters/letter-view.tsx';
import { DefinitionList } from './screens/definitions/definition-list.tsx';
import { readVersionSearch } from './screens/definitions/version-search.ts';
import { VersionView } from './screens/definitions/version-view.tsx';
import { readFilters } from './screens/filters.ts';
import { Overview } from './screens/overview.tsx';
import { ParticipantList } from './screens/participants/participant-list.tsx';
import { readReferenceSearch } from './screens/reference/reference-search.ts';
import { SagaView } from './screens/saga/saga-view.tsx';
import { SagaList } from './screens/saga-list.tsx';
import { Shell } from './shell.tsx';

const rootRoute = createRootRoute({ component: Shell, notFoundComponent: NotFound });
const overviewRoute = createRoute({ getParentRoute: () => rootRoute, path: '/', component: Overview });
const sagasRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sagas',
  validateSearch: readFilters,
  component: SagaList,
});
const participantsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/participants',
  component: ParticipantList,
});
const batchesRoute = createRoute({ getParentRoute: () => rootRoute, path: '/batches', component: BatchList });
const newBatchRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/batches/new',
  validateSearch: readFilters,
  component: NewBatch,
});
const batchRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/batches/$id',
  component: BatchView,
});
const lettersRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/dead-letters',
  validateSearch: readLetterFilters,
  component: LetterList,
});
const letterRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/dead-letters/$partition/$offset',
  component: LetterView,
});
const brakesRoute = createRoute({ getParentRoute: () => rootRoute, path: '/brakes', component: BrakeList });
const brakeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/brakes/$id',
  component: BrakeView,
});
const couponsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/coupons',
  component: CampaignList,
});
const campaignRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/coupons/$id',
  component: CampaignView,
});
const definitionsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/definitions',
  component: DefinitionList,
});
const versionRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/definitions/$name/$version',
  validateSearch: readVersionSearch,
  component: VersionView,
});
const auditRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/audit',
  validateSearch: readAuditFilters,
  component: AuditList,
});
const keysRoute = createRoute({ getParentRoute: () => rootRoute, path: '/access', component: KeyList });
const tokensRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/access/tokens',
  component: TokenList,
});
const erasuresRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/access/erasures',
  component: ErasureList,
});
const referenceRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/reference/{-$kind}/{-$name}',
  validateSearch: readReferenceSearch,
  // Not part of what is loaded first: few open it.
  component: lazyRouteComponent(() => import('./screens/reference/reference-view.tsx'), 'ReferenceView'),
});
const sagaRoute = createRoute({ getParentRoute: () => rootRoute, path: '/sagas/$id', component: SagaView });

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    overviewRoute,
    sagasRoute,
    sagaRoute,
    participantsRoute,
    batchesRoute,
    newBatchRoute,
    batchRoute,
    lettersRoute,
    letterRoute,
    brakesRoute,
    brakeRoute,
    couponsRoute,
    campaignRoute,
    definitionsRoute,
    versionRoute,
    auditRoute,
    keysRoute,
    tokensRoute,
    erasuresRoute,
    referenceRoute,
  ]),
  basepath: '/console',
  defaultPreload: false,
  // A filter stays readable in the address: `?status=failed`, and a text stays a text.
  parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
  stringifySearch: (search) => {
    const given = Object.entries(search).filter(([, value]) => value !== undefined && value !== '');
    const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
    return text === '' ? '' : `?${text}`;
  },
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
  interface HistoryState {
    /** Sagas that were selected one by one, for an act on them: too many for an address. */
    sagaIds?: readonly string[];
  }
}
