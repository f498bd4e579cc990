import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { WebhookShape, WebhookView } from '../../shared/desk.ts';
import type { Fault } from '../../shared/errors.ts';
import type { SettingState } from '../../shared/frames.ts';
import { useApp } from '../app-context.ts';
import { formatValue, humanise } from '../format.ts';
import { Age } from '../parts/age.tsx';
import { DeletedRuns } from '../parts/deleted-runs.tsx';
import { ThemePicker } from '../parts/theme-picker.tsx';
import type { Permission } from '../notify.ts';

/** What holds beyond one run: how alerts reach people, and how detectors are set for projects and for all. */
export function Settings(): JSX.Element {
  return (
    <main class="settings" aria-label="Settings" data-testid="settings">
      <h1>Settings</h1>
      <Notifications />
      <Webhooks />
      <DetectorSettings />
      <DeletedRuns />
    </main>
  );
}

const PERMISSION: Readonly<Record<Permission, string>> = {
  default: 'Not asked for yet.',
  granted: 'On: each new alert is shown by your system while a page of Tidemark is open.',
  denied:
    'Refused by the browser. It will not ask again by itself: allow notifications for this address in the browser’s site settings, then reload.',
  unsupported: 'This browser has none here: they need https or localhost, and a desktop browser.',
};

function Notifications(): JSX.Element {
  const { notifier } = useApp();
  const permission = notifier.permission.value;
  return (
    <section class="card" aria-labelledby="notify-title">
      <h2 id="notify-title">In this browser</h2>
      <p data-testid="permission" data-permission={permission}>
        <strong>Notifications.</strong> {PERMISSION[permission]}
      </p>
      <div class="row-line">
        {permission === 'default' && (
          <button type="button" class="strong" data-testid="notify-ask" onClick={() => notifier.ask()}>
            Allow notifications
          </button>
        )}
        <button
          type="button"
          data-testid="notify-test"
          disabled={permission !== 'granted'}
          onClick={() =>
            notifier.raise(
              { id: 'test', title: 'This is a test: alerts will look like this', advice: [] },
              'Tidemark',
              () => undefined,
            )
          }
        >
          Send a test
        </button>
      </div>
      <div class="row-line">
        <label class="check">
          <input
            type="checkbox"
            data-testid="sound"
            checked={notifier.sound.value}
            onChange={() => (notifier.sound.value = !notifier.sound.value)}
          />
          Play a sound with each alert
        </label>
        <button type="button" class="quiet" onClick={() => notifier.play()}>
          Hear it
        </button>
      </div>
      <div class="row-line">
        <span>Colours</span>
        <ThemePicker />
      </div>
    </section>
  );
}

const SHAPES: Readonly<Record<WebhookShape, string>> = {
  json: 'JSON',
  slack: 'Slack',
  discord: 'Discord',
  ntfy: 'ntfy',
};

interface Answered {
  readonly webhooks: readonly WebhookView[];
}

function Webhooks(): JSX.Element {
  const { ask, state, toasts } = useApp();
  const webhooks = useSignal<readonly WebhookView[] | null>(null);
  const mayWrite = state.mayWrite.value;
  const take = (answer: Awaited<ReturnType<typeof ask<Answered>>>): void => {
    if (answer.ok) webhooks.value = answer.body.webhooks;
    else toasts.say(answer.fault.message, { wrong: true });
  };
  const load = (): void => void ask<Answered>('GET', 'webhooks').then(take);
  useEffect(() => {
    if (mayWrite) load();
  }, [mayWrite]);
  const test = (id: string): void =>
    void ask<{ ok: boolean; message: string }>('POST', `webhooks/${id}/test`).then((answer) => {
      if (!answer.ok) toasts.say(answer.fault.message, { wrong: true });
      else if (answer.body.ok) toasts.say('The test was taken');
      else toasts.say(`The test was not taken: ${answer.body.message}`, { wrong: true });
      load();
    });
  return (
    <section class="card" aria-labelledby="hooks-title">
      <h2 id="hooks-title">Webhooks</h2>
      <p class="muted">
        The server itself sends each alert on, and its resolution; also when no page is open. What is muted is
        not sent.
      </p>
      {!mayWrite && <p>Seen and set with the writing token only.</p>}
      {webhooks.value?.length === 0 && <p class="muted note">None yet.</p>}
      <ul class="hooks">
        {webhooks.value?.map(({ id, name, shape, address, signed, enabled, last }) => (
          <li key={id} data-testid="webhook">
            <div class="what">
              <strong>{name}</strong> <span class="tag">{SHAPES[shape]}</span>{' '}
              {signed && <span class="tag">signed</span>} {!enabled && <span class="tag">off</span>}
              <p class="small muted">
                <code>{address}</code>{' '}
                {last && (
                  <span class={last.ok ? '' : 'wrong'}>
                    · latest <Age time={last.time} />: {last.ok ? 'taken' : last.message}
                  </span>
                )}
              </p>
            </div>
            <div class="deeds">
              <button type="button" data-testid="webhook-test" onClick={() => test(id)}>
                Test
              </button>
              <button
                type="button"
                onClick={() =>
                  void ask<Answered>('POST', `webhooks/${id}/${enabled ? 'disable' : 'enable'}`).then(take)
                }
              >
                {enabled ? 'Turn off' : 'Turn on'}
              </button>
              <button
                type="button"
                class="danger"
                onClick={() => void ask<Answered>('DELETE', `webhooks/${id}`).then(take)}
              >
                Remove
              </button>
            </div>
          </li>
        ))}
      </ul>
      {mayWrite && <AddWebhook added={(all) => (webhooks.value = all)} />}
    </section>
  );
}

function AddWebhook({ added }: { added: (webhooks: readonly WebhookView[]) => void }): JSX.Element {
  const { ask } = useApp();
  const empty = { name: '', url: '', shape: 'json', secret: '' };
  const typed = useSignal(empty);
  const wrong = useSignal<Fault | null>(null);
  const field = (
    key: keyof typeof empty,
    label: string,
    more: { secret?: true; placeholder?: string } = {},
  ): JSX.Element => (
    <label>
      {label}
      <input
        {...(more.secret ? { type: 'password' as const } : { type: 'text' as const })}
        autocomplete="off"
        placeholder={more.placeholder}
        data-testid={`webhook-${key}`}
        aria-invalid={wrong.value?.field === key}
        value={typed.value[key]}
        onInput={(event) => (typed.value = { ...typed.value, [key]: event.currentTarget.value })}
      />
      {wrong.value?.field === key && (
        <span class="wrong" role="alert">
          {wrong.value.message}
        </span>
      )}
    </label>
  );
  return (
    <form
      class="add-hook"
      onSubmit={(event) => {
        event.preventDefault();
        const { secret, ...others } = typed.value;
        const body = { ...others, ...(secret !== '' && { secret }) };
        void ask<Answered>('POST', 'webhooks', body).then((answer) => {
          wrong.value = answer.ok ? null : answer.fault;
          if (!answer.ok) return;
          typed.value = empty;
          added(answer.body.webhooks);
        });
      }}
    >
      {field('name', 'Name', { placeholder: 'Team channel' })}
      <label>
        Shape
        <select
          data-testid="webhook-shape"
          value={typed.value.shape}
          onChange={(event) => (typed.value = { ...typed.value, shape: event.currentTarget.value })}
        >
          {Object.entries(SHAPES).map(([shape, label]) => (
            <option key={shape} value={shape}>
              {label}
            </option>
          ))}
        </select>
      </label>
      {field('url', 'Address', { placeholder: 'https://…' })}
      {field('secret', 'Secret to sign with (may be empty; never shown again)', { secret: true })}
      {wrong.value && !['name', 'url', 'secret'].includes(wrong.value.field ?? '') && (
        <p class="wrong" role="alert">
          {wrong.value.message}
        </p>
      )}
      <button type="submit" class="strong" data-testid="webhook-add">
        Add
      </button>
    </form>
  );
}

interface Kept {
  readonly all: Readonly<Record<string, SettingState>>;
  readonly projects: Readonly<Record<string, Readonly<Record<string, SettingState>>>>;
}

/** How detectors are set for projects and for all; set from a run, where one sees what it does. */
function DetectorSettings(): JSX.Element {
  const { ask, toasts } = useApp();
  const kept = useSignal<Kept | null>(null);
  useEffect(() => {
    void ask<Kept>('GET', 'settings').then((answer) => {
      if (answer.ok) kept.value = answer.body;
      else toasts.say(answer.fault.message, { wrong: true });
    });
  }, []);
  const sections: [string, SettingState[]][] = kept.value
    ? [
        ['All projects', Object.values(kept.value.all)] as [string, SettingState[]],
        ...Object.entries(kept.value.projects).map(([project, settings]): [string, SettingState[]] => [
          `Project ${project}`,
          Object.values(settings),
        ]),
      ].filter(([, settings]) => settings.length > 0)
    : [];
  return (
    <section class="card" aria-labelledby="set-title">
      <h2 id="set-title">Detectors</h2>
      <p class="muted">
        They need no setting. Where one is wrong for you, open a run and its <em>Detectors</em>: there you see
        what a change would have said before you apply it to the run, its project, or all.
      </p>
      {kept.value && sections.length === 0 && <p class="note">All are as they come.</p>}
      {sections.map(([title, settings]) => (
        <div key={title} class="kept">
          <h3>{title}</h3>
          <ul>
            {settings.map(({ detector, enabled, parameters = {} }) => (
              <li key={detector}>
                <code>{detector}</code>{' '}
                {[
                  enabled === false ? 'off' : '',
                  ...Object.entries(parameters).map(
                    ([name, value]) => `${humanise(name)} ${formatValue(value)}`,
                  ),
                ]
                  .filter(Boolean)
                  .join(', ')}
              </li>
            ))}
          </ul>
        </div>
      ))}
    </section>
  );
}
