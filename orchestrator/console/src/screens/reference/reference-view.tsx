/** The API's own documents, to be read: its operations, its messages and their schemas. Loaded when it is opened. */
import './reference.css';
import { Anchor, Stack, Text } from '@mantine/core';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useEffect } from 'react';
import { Panel } from '../../parts/panel.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { ViewTitle } from '../../parts/view-title.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import type { Kind } from './documents.ts';
import { MessageView, SchemaView } from './message-view.tsx';
import { OperationView } from './operation-view.tsx';
import { Prose } from './prose.tsx';
import { KINDS, ReferenceIndex } from './reference-index.tsx';
import { type Documents, useDocuments } from './use-documents.ts';

const route = getRouteApi('/reference/{-$kind}/{-$name}');

export function ReferenceView() {
  const { t } = useTexts();
  const { kind: given = 'operations', name } = route.useParams();
  const documents = useDocuments();
  const kind = KINDS.find((one) => one === given) ?? 'operations';
  useEffect(() => {
    // Another entry begins at its top, however far the one before was read.
    if (name !== undefined) scrollTo(0, 0);
  }, [name]);
  return (
    <Stack gap="md">
      <ViewTitle title={t.reference.title} about={t.reference.about} />
      <Loaded of={documents} lines={12}>
        {(data) => (
          <div className="reference" data-open={name !== undefined || undefined}>
            <ReferenceIndex documents={data} kind={kind} />
            <div className="content">
              {name === undefined ? (
                <Introduction of={data} />
              ) : (
                <>
                  <Text size="xs" mb={4} className="to-index">
                    <Link
                      to="/reference/{-$kind}/{-$name}"
                      params={{ kind, name: undefined }}
                      search={(before) => before}
                      className="back"
                    >
                      ← {t.reference.kinds[kind]}
                    </Link>
                  </Text>
                  <OneEntry documents={data} kind={kind} name={name} />
                </>
              )}
            </div>
          </div>
        )}
      </Loaded>
    </Stack>
  );
}

interface Given {
  readonly documents: Documents;
  readonly kind: Kind;
  readonly name: string;
}

function OneEntry({ documents: { operations, messages, schemas }, kind, name }: Given) {
  const { t } = useTexts();
  const isIt = (one: { readonly name: string }) => one.name === name;
  const [operation, message, schema] = [operations.find(isIt), messages.find(isIt), schemas.find(isIt)];
  if (kind === 'operations' && operation !== undefined) return <OperationView of={operation} />;
  if (kind === 'messages' && message !== undefined) return <MessageView of={message} />;
  if (kind === 'schemas' && schema !== undefined) return <SchemaView of={schema} />;
  return <Empty>{t.states.notFound}</Empty>;
}

function Introduction({ of: { about } }: { readonly of: Documents }) {
  const { t } = useTexts();
  return (
    <Stack gap="md">
      <Panel title={t.reference.general}>
        <Prose of={about} />
      </Panel>
      <Panel title={t.reference.documents}>
        <Text size="sm">
          <Anchor href="/openapi.json" target="_blank" rel="noreferrer" className="mono" inherit>
            /openapi.json
          </Anchor>
          {' · '}
          <Anchor href="/asyncapi.json" target="_blank" rel="noreferrer" className="mono" inherit>
            /asyncapi.json
          </Anchor>
        </Text>
        <Text size="sm" c="dimmed" mt={4}>
          {t.reference.coupons}
        </Text>
      </Panel>
    </Stack>
  );
}
