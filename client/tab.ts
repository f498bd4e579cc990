import { effect, type ReadonlySignal } from '@preact/signals';
import type { Finding } from '../shared/finding.ts';

/** Keeps the tab's title and icon in step with the alerts that wait: "(2) Tidemark" and a dot. */
export function markTab(pending: ReadonlySignal<readonly Finding[]>): void {
  const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]');
  const calm = icon?.href ?? '';
  effect(() => {
    const count = pending.value.length;
    document.title = count > 0 ? `(${count}) Tidemark` : 'Tidemark';
    if (icon) icon.href = count > 0 ? alarmed(pending.value) : calm;
  });
}

/** The icon with a dot: red when anything is critical, amber else. */
function alarmed(findings: readonly Finding[]): string {
  const dot = findings.some(({ severity }) => severity === 'critical') ? '#e5484d' : '#f2b84b';
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b3a4a"/>' +
    '<path d="M4 21c4-5 8-5 12 0s8 5 12 0" fill="none" stroke="#8fd3e8" stroke-width="3" stroke-linecap="round"/>' +
    `<circle cx="23" cy="9" r="8" fill="${dot}"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
