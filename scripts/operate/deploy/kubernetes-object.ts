/** The objects of a cluster, as data, and as the text of a file. */
import { Document, parseAllDocuments } from 'yaml';

/** An object as Kubernetes has it: what its kind adds is the kind's matter, and checked against the kind's schema. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<{
    name: string;
    namespace?: string;
    labels?: Readonly<Record<string, string>>;
    annotations?: Readonly<Record<string, string>>;
  }>;
  // biome-ignore lint/suspicious/noExplicitAny: each kind has fields of its own, and only its schema knows them.
  readonly [field: string]: any;
}

/** Several objects as one file. @param opening what the file is for */
export function fileOf(opening: string, objects: readonly object[]): string {
  const texts = objects.map((one) =>
    new Document(one, { aliasDuplicateObjects: false }).toString({ lineWidth: 130 }),
  );
  return `# ${opening}\n# Generated: npm run deploy -- --write\n${texts.join('---\n')}`;
}

/** The objects in a text. @throws Error at the first that cannot be parsed */
export function objectsIn(text: string): KubernetesObject[] {
  return parseAllDocuments(text).flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    const value = document.toJS({ maxAliasCount: 1_000 });
    return value === null ? [] : [value as KubernetesObject];
  });
}

/** Of one kind. */
export const ofKind = (objects: readonly KubernetesObject[], kind: string): KubernetesObject[] =>
  objects.filter((one) => one.kind === kind);
