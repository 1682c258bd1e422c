/** What a pod may do, and where its secrets come from. */
import { type KubernetesObject, ofKind } from '../kubernetes-object.ts';
import { difference } from './kafka.ts';
import { podsIn } from './pods.ts';

/** @returns pods that may do more than serve: Kubernetes' own level `restricted`, and a file system that cannot be written */
export function checkSecurity(objects: readonly KubernetesObject[]): string[] {
  return podsIn(objects).flatMap(({ owner, spec, containers }) => {
    const { name } = owner.metadata;
    const pod = (spec['securityContext'] ?? {}) as Record<string, unknown>;
    const wrong = [
      ...(pod['runAsNonRoot'] === true && Number(pod['runAsUser']) > 0 ? [] : ['it runs as root']),
      ...((pod['seccompProfile'] as { type?: string } | undefined)?.type === 'RuntimeDefault'
        ? []
        : ['it may make any system call']),
      ...(spec['automountServiceAccountToken'] === false ? [] : ["it has a token for the cluster's API"]),
      ...(spec['serviceAccountName'] === undefined ? ['it has no account of its own'] : []),
      ...(['hostNetwork', 'hostPID', 'hostIPC'].some((field) => spec[field] === true)
        ? ['it is in the host']
        : []),
      ...containers.flatMap(({ name: container, securityContext = {}, resources = {} }) => {
        const { allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities, privileged } =
          securityContext;
        return [
          ...(allowPrivilegeEscalation === false && privileged !== true
            ? []
            : [`${container} may gain privileges`]),
          ...(readOnlyRootFilesystem === true ? [] : [`${container} may write to its file system`]),
          ...(JSON.stringify((capabilities as { drop?: string[] } | undefined)?.drop) === '["ALL"]'
            ? []
            : [`${container} keeps capabilities`]),
          ...('memory' in (resources.limits ?? {}) && 'cpu' in (resources.requests ?? {})
            ? []
            : [`${container} has no bound on its memory, or requests no processor`]),
        ];
      }),
    ];
    return wrong.map((what) => `${owner.kind} ${name}: ${what}`);
  });
}

/** Every secret that an object names. */
export function secretsNamed(objects: readonly KubernetesObject[]): Set<string> {
  const found = new Set<string>();
  const visit = (value: unknown, field: string): void => {
    if (typeof value !== 'object' || value === null) return;
    const { secretName, name } = value as { secretName?: unknown; name?: unknown };
    if (typeof secretName === 'string') found.add(secretName);
    if (
      /^(secretKeyRef|passwordSecret|secret|accessKeyId|secretAccessKey)$/.test(field) &&
      typeof name === 'string'
    )
      found.add(name);
    for (const [inner, one] of Object.entries(value))
      if (inner === 'secretTargetRef')
        for (const target of one as Array<{ name: string }>) found.add(target.name);
      else visit(one, Array.isArray(value) ? field : inner);
  };
  for (const one of objects) visit(one, '');
  return found;
}

/** @returns secrets with a value in the overlay, and ones that nobody says how to make, or that nothing uses */
export function checkSecrets(objects: readonly KubernetesObject[], documented: Iterable<string>): string[] {
  return [
    ...ofKind(objects, 'Secret').map(({ metadata }) => `the secret ${metadata.name} is in the repository`),
    ...difference('secret', secretsNamed(objects), documented).map((one) =>
      one.replace('is missing', 'is not documented').replace('is unknown to the code', 'is used by nothing'),
    ),
  ];
}
