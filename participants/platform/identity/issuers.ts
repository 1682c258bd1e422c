/** The OpenID Connect issuers whose tokens a process accepts, from one JSON file, and what their claims mean here. */
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { describeIssues } from '#protocol/codec.ts';
import { messageOf } from '#protocol/errors.ts';
import { ROLES } from '../process/auth-tokens.ts';

/** Signatures with a public key only: with a shared secret, whoever verifies a token could also sign one. */
const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const;
const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];
/** The longest life of a token that an issuer's settings may permit, and the largest difference of its clock: a week, two minutes. */
export const [LONGEST_LIFETIME_S, LARGEST_TOLERANCE_S] = [604_800, 120];

/** An address that nobody on the way can change: https, or this machine's own. */
export function isProtected(address: string): boolean {
  const url = URL.parse(address);
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.includes(url.hostname));
}

/** A claim by its name, or by its path: `["realm_access", "roles"]`. */
const claim = z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(5)]);
const seconds = (least: number, most: number, usual: number) => z.int().min(least).max(most).default(usual);

const issuer = z.strictObject({
  issuer: z.string().refine(isProtected, 'must be an https address, exactly as the tokens have it in `iss`'),
  audience: z.string().min(1).describe('What `aud` must contain: this system’s name at the provider.'),
  algorithms: z
    .array(z.enum(ALGORITHMS))
    .min(1)
    .default([...ALGORITHMS]),
  type: z.string().min(1).optional().describe('What the header `typ` must be, such as `at+jwt` (RFC 9068).'),
  roleClaim: claim.default('roles').describe('A text, or a list of texts.'),
  roles: z
    .array(z.strictObject({ value: z.string().min(1), role: z.enum(ROLES) }))
    .max(50)
    .default([])
    .describe('Which value of the claim gives which role; the first match counts.'),
  defaultRole: z
    .enum(ROLES)
    .optional()
    .describe('The role of a token that matches none; else it is refused.'),
  customerClaim: claim.default('sub').describe('The customer’s id in a customer’s token.'),
  subjectPrefix: z
    .string()
    .max(50)
    .default('')
    .describe('Precedes each subject, so that equal ones of two issuers differ.'),
  clockToleranceSeconds: seconds(0, LARGEST_TOLERANCE_S, 5),
  console: z
    .strictObject({
      clientId: z
        .string()
        .min(1)
        .describe('The console’s public client at the provider: code with PKCE, without a secret.'),
      scope: z
        .string()
        .min(1)
        .default('openid')
        .describe('What it requests, so that the access token has the audience and the roles.'),
      origins: z
        .array(z.string().refine(isProtected, 'must be an https origin'))
        .max(5)
        .default([])
        .describe('Origins of the provider’s addresses, where they are other ones than the issuer’s.'),
    })
    .optional()
    .describe('People sign in to the web console here.'),
  maxLifetimeSeconds: seconds(60, LONGEST_LIFETIME_S, 86_400).describe(
    'Tokens that live longer are refused.',
  ),
});

/** One issuer. */
export type Issuer = Readonly<z.infer<typeof issuer>>;

const issuers = z
  .array(issuer)
  .min(1)
  .max(20)
  .refine((all) => new Set(all.map((one) => one.issuer)).size === all.length, 'an issuer is listed twice')
  .refine(
    (all) => new Set(all.map((one) => one.subjectPrefix)).size === all.length,
    'several issuers need a `subjectPrefix` each: `sub` names a person of one issuer only',
  )
  .refine(
    (all) => all.every((one) => one.roles.length > 0 || one.defaultRole !== undefined),
    'each issuer needs `roles` or a `defaultRole`: without either every token of it is refused',
  );

/**
 * Reads the issuers in a file.
 * @throws Error naming the file and each field that is missing or malformed
 */
export function readIssuers(file: string): readonly Issuer[] {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`configuration: OIDC_ISSUERS_FILE ${file} holds no JSON list: ${messageOf(error)}`);
  }
  const parsed = issuers.safeParse(content);
  if (!parsed.success)
    throw new Error(`configuration: OIDC_ISSUERS_FILE ${file}: ${describeIssues(parsed.error)}`);
  return parsed.data;
}
