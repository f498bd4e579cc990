import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Finding } from '../../shared/finding.ts';
import { useApp } from '../app-context.ts';
import { formatCount, formatEpoch, formatItem, formatValue, humanise, plural } from '../format.ts';
import { Age } from '../parts/age.tsx';
import { Shape } from '../parts/shape.tsx';

/** What the detectors found in a run: open findings, then the resolved ones. */
export function Findings({ run }: { run: string }): JSX.Element {
  const { travel } = useApp();
  const findings = travel.findings(run).value;
  const open = findings.filter(({ status }) => status === 'open');
  const resolved = findings.filter(({ status }) => status === 'resolved');
  return (
    <section class="findings" aria-label="Findings" data-testid="findings">
      <h2>
        Findings{' '}
        <span class="muted">{open.length > 0 ? `${formatCount(open.length)} open` : 'none open'}</span>
      </h2>
      {findings.length === 0 && (
        <p class="muted note">Nothing stands out. Findings appear here and on the curve where they happen.</p>
      )}
      {open.map((finding) => (
        <Card key={finding.id} finding={finding} />
      ))}
      {resolved.length > 0 && <Resolved key={run} findings={resolved} unfolded={open.length === 0} />}
    </section>
  );
}

/** Resolved findings made at once: a long run may have hundreds. */
const PAGE = 20;

/** What is no longer so, folded while something is. */
function Resolved(props: { findings: readonly Finding[]; unfolded: boolean }): JSX.Element {
  const { findings, unfolded } = props;
  const { chosen } = useApp();
  const open = useSignal(unfolded);
  const shown = useSignal(PAGE);
  const called = chosen.value?.on === 'curve' ? findings.findIndex(({ id }) => id === chosen.value?.id) : -1;
  useEffect(() => {
    if (called < 0) return;
    open.value = true;
    shown.value = Math.max(shown.peek(), called + 1);
  }, [called]);
  useEffect(() => {
    if (unfolded) open.value = true;
  }, [unfolded]);
  const more = findings.length - shown.value;
  return (
    <details class="resolved" open={open.value} onToggle={(event) => (open.value = event.currentTarget.open)}>
      <summary>{plural(findings.length, 'resolved finding')}</summary>
      {open.value &&
        findings.slice(0, shown.value).map((finding) => <Card key={finding.id} finding={finding} />)}
      {open.value && more > 0 && (
        <button type="button" class="quiet more" onClick={() => (shown.value += PAGE)}>
          Show {formatCount(Math.min(PAGE, more))} more of {formatCount(findings.length)}
        </button>
      )}
    </details>
  );
}

/** One finding. Pointing at it lights its mark on the curve; a chosen mark brings it into view. */
function Card({ finding }: { finding: Finding }): JSX.Element {
  const { lit, chosen, alerts } = useApp();
  const element = useRef<HTMLElement>(null);
  const { id, severity, status, title, detector, from, epoch, time, evidence, advice } = finding;
  const called = chosen.value?.id === id && chosen.value.on === 'curve' ? chosen.value : null;
  useEffect(() => {
    if (!called) return;
    element.current?.scrollIntoView({ block: 'nearest' });
    alerts.markRead(id);
  }, [called]);
  const rows = Object.entries(evidence);
  return (
    <article
      ref={element}
      class={`finding ${severity} ${status}${lit.value === id ? ' lit' : ''}`}
      data-testid="finding"
      data-finding={id}
      onMouseEnter={() => (lit.value = id)}
      onMouseLeave={() => (lit.value = null)}
    >
      <button
        type="button"
        class="finding-title"
        onFocus={() => (lit.value = id)}
        onBlur={() => (lit.value = null)}
        onClick={() => {
          chosen.value = { id, on: 'list' };
          alerts.markRead(id);
        }}
      >
        <Shape of={severity} />
        <span>{title}</span>
        {!alerts.read.value.has(id) && status === 'open' && (
          <span class="unread" role="img" aria-label="not yet read" />
        )}
      </button>
      <p class="small muted">
        {severity} ·{' '}
        <a
          href={`docs/detectors.html#${detector}`}
          target="_blank"
          rel="noreferrer"
          title="What it looks at, and its rule"
        >
          {detector}
        </a>{' '}
        · from step {formatCount(from)}
        {epoch !== null && `, epoch ${formatEpoch(epoch)}`}
        {status === 'resolved' && ` · resolved at step ${formatCount(finding.until)}`} · <Age time={time} />
      </p>
      {advice.length > 0 && (
        <ol class="advice">
          {advice.map((one) => (
            <li key={one}>{one}</li>
          ))}
        </ol>
      )}
      {rows.length > 0 && (
        <table class="evidence">
          <tbody>
            {rows.map(([key, value]) => (
              <tr key={key}>
                <th scope="row">{humanise(key)}</th>
                <td>{typeof value === 'number' ? formatValue(value) : formatItem(value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </article>
  );
}
