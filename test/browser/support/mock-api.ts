import { marked } from '../../../server/desk/alert-marks.ts';
import { readCatalogue } from '../../../server/settings/catalogue.ts';
import { BadSetting, checkParameters } from '../../../server/settings/setting.ts';
import type { AlertMarks } from '../../../shared/alert.ts';
import type { BacktestRequest, Score } from '../../../shared/backtest.ts';
import type { AlertAction, WebhookRequest, WebhookView } from '../../../shared/desk.ts';
import type { RunEdit } from '../../../shared/edit.ts';
import { fault } from '../../../shared/errors.ts';
import type { Finding } from '../../../shared/finding.ts';
import type { RunState } from '../../../shared/frames.ts';
import type { Past } from '../../../shared/past.ts';
import type { SettingRequest } from '../../../shared/settings.ts';

export interface MockWorld {
  run(id: string): RunState | undefined;
  findings(run: string): readonly Finding[];
  deleted(): readonly RunState[];
  change(run: RunState): void;
  readonly marks: AlertMarks;
  tell(marks: AlertMarks): void;
  readonly backtest: (request: BacktestRequest) => readonly Score[];
}

interface Answer {
  readonly status: number;
  readonly content: object;
}

/** The HTTP side of a server of made-up frames: it takes what the page asks, by the real server's own rules. */
export function startMockApi(
  world: MockWorld,
): (method: string, path: string, body: string, query: URLSearchParams) => Answer {
  const catalogue = readCatalogue();
  let { marks } = world;
  let webhooks: readonly WebhookView[] = [];
  const ok = (content: object = {}): Answer => ({ status: 200, content });

  /** Answers with the real server's fault where a setting cannot be. */
  const checked = ({ detector, parameters = {} }: SettingRequest, answer: () => Answer): Answer => {
    try {
      checkParameters(detector, parameters);
      return answer();
    } catch (error) {
      if (!(error instanceof BadSetting)) throw error;
      return { status: 400, content: { kind: 'error', ...fault('bad-setting', error) } };
    }
  };

  return (method, path, body, query) => {
    const said: unknown = body === '' ? {} : JSON.parse(body);
    const [what, id = '', part] = path.split('/').map(decodeURIComponent);
    if (what === 'detectors') return ok({ detectors: catalogue });
    if (what === 'settings')
      return method === 'GET'
        ? ok({ all: { plateau: { detector: 'plateau', enabled: false } }, projects: {} })
        : checked(said as SettingRequest, () => ok({ runs: 1 }));
    if (what === 'backtest') {
      const request = said as BacktestRequest;
      const first = Object.entries(request.set ?? {}).map(([name, values]) => [name, values[0]]);
      const setting = {
        detector: request.detector ?? 'best-epoch',
        parameters: Object.fromEntries(first) as Record<string, number>,
      };
      return checked(setting, () => ok({ scores: world.backtest(request) }));
    }
    if (what === 'alerts') {
      world.tell((marks = marked(marks, said as AlertAction, Date.now() / 1000)));
      return ok({ alerts: marks });
    }
    if (what === 'webhooks') {
      if (method === 'POST' && part === 'test') return ok({ ok: false, message: 'the target answered 404' });
      if (method === 'POST' && id === '') {
        const { name, url, shape, secret } = said as WebhookRequest;
        if (!/^https?:/.test(url)) {
          const reason = fault('bad-webhook', { field: 'url', rule: 'an http or https address', value: url });
          return { status: 400, content: { kind: 'error', ...reason } };
        }
        const address = `${new URL(url).origin}/…${url.slice(-4)}`;
        const added = { id: `w${webhooks.length}`, name, shape, address, signed: !!secret };
        webhooks = [...webhooks, { ...added, enabled: true, last: null }];
      }
      if (method === 'DELETE') webhooks = webhooks.filter((one) => one.id !== id);
      return ok({ webhooks });
    }
    if (what === 'runs' && id === '') return ok({ runs: world.deleted(), next: null });
    const run = what === 'runs' ? world.run(id) : undefined;
    if (!run) return { status: 404, content: { kind: 'error', ...fault('not-found') } };
    if (part === 'asof') return ok(pastOf(run, world.findings(id), Number(query.get('step'))));
    if (part === 'settings') {
      const setting = said as SettingRequest;
      return checked(setting, () => {
        const others = run.settings.filter(({ detector }) => detector !== setting.detector);
        world.change({ ...run, settings: [...others, setting] as RunState['settings'] });
        return ok();
      });
    }
    if (method === 'DELETE') world.change({ ...run, deleted: true });
    if (method === 'PATCH') {
      const edit = said as RunEdit;
      if (edit.name === '') {
        const reason = fault('bad-line', { field: 'name', rule: 'at least 1 character long', value: '' });
        return { status: 400, content: { kind: 'error', ...reason } };
      }
      world.change({ ...run, ...edit, ...(edit.stop && { stopSet: Date.now() / 1000 }) });
    }
    return ok();
  };
}

/** Roughly what the server would say was known at a step. */
function pastOf(run: RunState, findings: readonly Finding[], step: number): Past {
  const known = findings.filter((finding) => finding.step <= step);
  const best = run.best && run.best.step <= step ? run.best : null;
  return {
    run: run.run,
    step,
    epoch: Math.floor(step / 40),
    attempt: run.attempt,
    time: run.heard - ((run.step ?? 0) - step) / 6,
    points: step * 3,
    loss: run.loss && { ...run.loss, step },
    best,
    verdict: best ? run.verdict : 'Healthy, still improving',
    findings: known.map((one) => (one.until > step ? { ...one, status: 'open', until: step } : one)),
    damaged: [],
  };
}
