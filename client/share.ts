import { formatAddress, type Address } from './address.ts';

/** An address of this page that shows what is shown now. */
export function viewLink(page: string, address: Address): string {
  return page.replace(/[?#].*$/, '') + formatAddress(withoutToken(address));
}

/**
 * The same for people who may only look. The token is behind the `?`, where the server takes it and answers with a
 * cookie. @param token the reading one; null where the server asks for none
 */
export function readOnlyLink(page: string, address: Address, token: string | null): string {
  const base = page.replace(/[?#].*$/, '');
  return base + (token === null ? '' : `?token=${token}`) + formatAddress(withoutToken(address));
}

/** HTML that shows charts in a page of one's own. @param chart key of the only one; null: all of the run */
export function embedCode(page: string, run: string, chart: string | null, token: string | null): string {
  const params = new Map([['embed', chart ?? 'all'], ...(token === null ? [] : [['token', token] as const])]);
  const address = page.replace(/[?#].*$/, '') + formatAddress({ view: 'run', run, params });
  const source = address.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  return `<iframe src="${source}" width="720" height="${chart === null ? 900 : 340}" loading="lazy"></iframe>`;
}

function withoutToken({ params, ...address }: Address): Address {
  const kept = new Map(params);
  for (const name of ['token', 'embed']) kept.delete(name);
  return { ...address, params: kept };
}
