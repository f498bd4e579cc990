import type { JSX } from 'preact';
import { useApp } from '../app-context.ts';
import { type ChartSize, SIZES } from '../chart-arrangement.ts';
import { FOLLOWS, STRENGTHS } from '../chart-settings.ts';
import { AXES, axisOf } from '../chart/axis.ts';
import { formatCount } from '../format.ts';

interface Props {
  /** Whose charts' size it is. */
  readonly project: string;
  /** Whether the run logs epochs. */
  readonly epochs: boolean;
  /** What is wrong with what is searched for. */
  readonly fault: string | null;
  /** Charts that were found, and how many there are. */
  readonly found: readonly [count: number, of: number];
}

const SIZE_NAMES: Readonly<Record<ChartSize, string>> = { s: 'Small', m: 'Middling', l: 'Large' };

/** How all charts of a run are shown. Each of it is in the address, but for their size, and has a key. */
export function ChartToolbar({ project, epochs, fault, found }: Props): JSX.Element {
  const { charts } = useApp();
  const { settings, set } = charts;
  const { axis, logX, logY, fit } = settings.value;
  return (
    <div class="chart-bar" role="group" aria-label="How charts are shown" data-testid="chart-bar">
      <select
        class="axis"
        aria-label="Axis"
        title="What charts are drawn by (a)"
        value={axis}
        data-testid="axis"
        onChange={({ currentTarget }) => set({ axis: axisOf(currentTarget.value) })}
      >
        {AXES.map(({ axis: one, label, title }) => (
          <option key={one} value={one} title={title} disabled={one === 'epoch' && !epochs}>
            {label}
          </option>
        ))}
      </select>
      <Switch
        on={logX}
        label="log x"
        title="Logarithmic axis (L)"
        testid="log-x"
        disabled={axis === 'time'}
        onClick={() => set({ logX: !logX })}
      />
      <Switch
        on={logY}
        label="log y"
        title="Logarithmic values (l)"
        testid="log-y"
        onClick={() => set({ logY: !logY })}
      />
      <Switch
        on={fit}
        label="fit"
        title="Leave outliers out of view, and count them (o)"
        testid="fit"
        onClick={() => set({ fit: !fit })}
      />
      <Smoothing />
      <Following />
      <Search fault={fault} />
      <Size project={project} />
      <p
        id="chart-search-said"
        class={fault === null ? 'said muted' : 'said wrong'}
        role="status"
        data-testid="chart-search-said"
      >
        {fault ??
          (settings.value.search === '' ? '' : `${formatCount(found[0])} of ${formatCount(found[1])} charts`)}
      </p>
    </div>
  );
}

interface SwitchProps {
  readonly on: boolean;
  readonly label: string;
  readonly title: string;
  readonly testid: string;
  readonly disabled?: boolean;
  readonly onClick: () => void;
}

function Switch({ on, label, title, testid, disabled = false, onClick }: SwitchProps): JSX.Element {
  return (
    <button
      type="button"
      class="toggle"
      aria-pressed={on}
      title={title}
      disabled={disabled}
      data-testid={testid}
      onClick={onClick}
    >
      {label}
    </button>
  );
}

function Smoothing(): JSX.Element {
  const { charts } = useApp();
  const { smooth } = charts.settings.value;
  const place = STRENGTHS.findIndex((strength) => strength >= smooth);
  return (
    <label class="bar-part" title="A moving average, weighted by distance on the axis ([ and ])">
      <span>smooth</span>
      <input
        type="range"
        min={0}
        max={STRENGTHS.length - 1}
        value={place}
        aria-label="Smoothing"
        aria-valuetext={smooth === 0 ? 'none' : String(smooth)}
        data-testid="smooth"
        onInput={({ currentTarget }) => charts.set({ smooth: STRENGTHS[Number(currentTarget.value)] })}
      />
      <output data-testid="strength">{smooth === 0 ? 'off' : smooth}</output>
    </label>
  );
}

/** What of the run is shown: all of it, or the newest steps; or how to come back to them from a zoom. */
function Following(): JSX.Element {
  const { charts, zoom } = useApp();
  const { follow } = charts.settings.value;
  if (zoom.value)
    return (
      <span class="bar-part">
        {follow !== null && (
          <button
            type="button"
            class="toggle"
            title="Let go of the zoom and follow again (f)"
            data-testid="follow-again"
            onClick={() => (zoom.value = null)}
          >
            Follow last {formatCount(follow)}
          </button>
        )}
        <button
          type="button"
          class="toggle"
          title="Let go of the zoom (z, or a double click on a chart)"
          data-testid="reset-zoom"
          onClick={() => {
            zoom.value = null;
            charts.set({ follow: null });
          }}
        >
          Show all steps
        </button>
      </span>
    );
  const choices = [...new Set([...FOLLOWS, ...(follow === null ? [] : [follow])])].sort((a, b) => a - b);
  return (
    <select
      class="follow"
      aria-label="Steps shown"
      title="What is followed (f)"
      value={follow ?? ''}
      data-testid="follow"
      onChange={({ currentTarget: { value } }) => charts.set({ follow: value === '' ? null : Number(value) })}
    >
      <option value="">all steps</option>
      {choices.map((count) => (
        <option key={count} value={count}>
          last {formatCount(count)}
        </option>
      ))}
    </select>
  );
}

function Search({ fault }: Pick<Props, 'fault'>): JSX.Element {
  const { charts } = useApp();
  const { search } = charts.settings.value;
  return (
    <span class="bar-part search-charts">
      <input
        type="search"
        placeholder="Search"
        aria-label="Search charts, by a regular expression"
        title="A regular expression over titles and series (s)"
        aria-invalid={fault !== null}
        aria-describedby="chart-search-said"
        value={search}
        data-testid="chart-search"
        onInput={({ currentTarget }) => charts.set({ search: currentTarget.value })}
      />
    </span>
  );
}

function Size({ project }: { project: string }): JSX.Element {
  const { charts } = useApp();
  const arrangement = charts.arrangement(project);
  return (
    <span class="segments" role="group" aria-label="Size of charts" title="Size of charts (w)">
      {SIZES.map((size) => (
        <label key={size} class={arrangement.value.size === size ? 'on' : ''}>
          <input
            type="radio"
            name="chart-size"
            checked={arrangement.value.size === size}
            aria-label={SIZE_NAMES[size]}
            data-testid={`size-${size}`}
            onChange={() => (arrangement.value = { ...arrangement.value, size })}
          />
          {size.toUpperCase()}
        </label>
      ))}
    </span>
  );
}
