/** For tests: calls of the shop's backend, as its page sends them. */

/** Sends a POST. @param origin the shop's own by default; null: no browser sends it */
export async function shopPost(
  url: string,
  path: string,
  body: object,
  { origin = url }: { origin?: string | null } = {},
): Promise<{ status: number; body: Readonly<Record<string, unknown>> }> {
  const response = await fetch(`${url}/shop/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(origin !== null && { origin }) },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** Opens a campaign of ten percent through the shop; its id. */
export async function campaignOf(url: string, total: number, name = 'Opening day'): Promise<string> {
  const { status, body } = await shopPost(url, 'campaigns', { name, total, percent: 10 });
  if (status !== 201) throw new Error(`a campaign was answered ${status}: ${JSON.stringify(body)}`);
  return String(body['id']);
}
