/** The roles of PostgreSQL as CloudNativePG keeps them: a patch of the `Cluster`, because its other settings are written by hand. */
import { DATABASE_ROLES, MEMBERSHIPS } from '#participants/access/database-roles.ts';
import type { KubernetesObject } from '../kubernetes-object.ts';
import { databaseSecret, POSTGRES } from '../names.ts';

/** Every role, with its secret and the roles of which it is a member. */
export const rolesPatch = (): KubernetesObject => ({
  apiVersion: 'postgresql.cnpg.io/v1',
  kind: 'Cluster',
  metadata: { name: POSTGRES },
  spec: {
    managed: {
      roles: DATABASE_ROLES.map((name) => {
        const inRoles = MEMBERSHIPS.get(name) ?? [];
        return {
          name,
          ensure: 'present',
          login: true,
          passwordSecret: { name: databaseSecret(name) },
          ...(inRoles.length > 0 && { inRoles }),
        };
      }),
    },
  },
});
