/**
 * Checks objects by the schemas of Kubernetes, KEDA and Prometheus' operator, which packages bring as compiled validators. Those
 * let unknown fields pass, as the servers do that then ignore them; here a field that no validator has read is a fault.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '#scripts/run/stack/places.ts';
import type { KubernetesObject } from '../kubernetes-object.ts';

interface Validator {
  (value: unknown): boolean;
  errors?: ReadonlyArray<{ instancePath: string; keyword: string; params: object }> | null;
}

const CORE = 'kubernetes-models/_schemas/IoK8sApi';
const KEDA = '@kubernetes-models/keda/_schemas/ComGithubKedacoreKedaV2Apis';
const PROMETHEUS =
  '@kubernetes-models/prometheus-operator/_schemas/ComGithubPrometheusOperatorPrometheusOperatorPkgApis';
/** The start of a validator's file among the packages, by the version of the API: not every package exports it. */
const MODULES: Readonly<Record<string, string>> = {
  v1: `${CORE}CoreV1`,
  'apps/v1': `${CORE}AppsV1`,
  'batch/v1': `${CORE}BatchV1`,
  'policy/v1': `${CORE}PolicyV1`,
  'networking.k8s.io/v1': `${CORE}NetworkingV1`,
  'keda.sh/v1alpha1': `${KEDA}KedaV1alpha1`,
  'monitoring.coreos.com/v1': `${PROMETHEUS}MonitoringV1`,
};

/** Whether a package has the schema of an object. */
export const isUpstream = ({ apiVersion }: KubernetesObject): boolean => apiVersion in MODULES;

/** @returns what is wrong with an object, in words */
export async function checkUpstream(object: KubernetesObject): Promise<string[]> {
  const { kind, metadata } = object;
  const file = join(root, 'node_modules', `${MODULES[object.apiVersion]}${kind}.js`);
  const { validate } = (await import(pathToFileURL(file).href)) as { validate: Validator };
  const { value, unread } = watched(object);
  validate(value);
  const of = `${kind} ${metadata.name}`;
  return [
    ...(validate.errors ?? []).map(
      ({ instancePath, keyword, params }) => `${of}: ${instancePath}: ${keyword} ${JSON.stringify(params)}`,
    ),
    ...unread().map((path) => `${of}: ${path} is no field`),
  ];
}

/** A value that notes which of its fields are read. Whoever lists an object's fields takes any: it is a map. */
function watched(whole: unknown): { value: unknown; unread: () => string[] } {
  const seen: Array<{ target: object; path: string; read: Set<PropertyKey>; isMap: boolean }> = [];
  const proxied = new WeakMap<object, object>();
  const wrap = (value: unknown, path: string): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    const known = proxied.get(value);
    if (known !== undefined) return known;
    const note = { target: value, path, read: new Set<PropertyKey>(), isMap: Array.isArray(value) };
    seen.push(note);
    const proxy = new Proxy(value, {
      get(target, name, receiver) {
        note.read.add(name);
        return wrap(Reflect.get(target, name, receiver), `${path}/${String(name)}`);
      },
      ownKeys(target) {
        note.isMap = true;
        return Reflect.ownKeys(target);
      },
    });
    proxied.set(value, proxy);
    return proxy;
  };
  return {
    value: wrap(whole, ''),
    unread: () =>
      seen
        // A validator reads nothing of what may hold anything.
        .filter(({ isMap, read }) => !isMap && read.size > 0)
        .flatMap(({ target, path, read }) =>
          Object.keys(target)
            .filter((name) => !read.has(name))
            .map((name) => `${path}/${name}`),
        ),
  };
}
