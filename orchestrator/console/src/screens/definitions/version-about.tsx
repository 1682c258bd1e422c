/** Whether new sagas begin under a version, and how many live under it. */
import { Badge } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { DefinitionPage } from '../../generated/api.ts';
import { useTexts } from '../../texts/use-texts.ts';

export type Version = DefinitionPage['items'][number];

export function VersionAbout({ of: { definition, version, active, liveSagas } }: { readonly of: Version }) {
  const { t } = useTexts();
  const search = { definition, definitionVersion: String(version), active: 'true' };
  return (
    <>
      {active && (
        <Badge color="teal" className="flag">
          {t.definitions.active}
        </Badge>
      )}
      <Link to="/sagas" search={search}>
        {t.definitions.live(liveSagas)}
      </Link>
    </>
  );
}
