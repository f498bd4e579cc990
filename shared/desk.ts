import Type, { type Static } from 'typebox';
import { SettingRequest } from './settings.ts';

/** What people keep at the server beside the runs: the bodies of their requests, and what they are answered. */

/** What `POST /api/alerts` takes: what becomes of some alerts, or of everything a rule or a run says. */
export const AlertAction = Type.Object({
  action: Type.Union([
    Type.Literal('acknowledge'),
    Type.Literal('reopen'),
    Type.Literal('snooze'),
    Type.Literal('mute'),
    Type.Literal('unmute'),
  ]),
  /** Ids of findings: to acknowledge, reopen or snooze. */
  findings: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 512 }), { maxItems: 1_000 })),
  /** How long to snooze. */
  minutes: Type.Optional(Type.Number({ minimum: 1, maximum: 10_080 })),
  /** A detector's name, or a run's id: to mute or unmute. */
  detector: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  run: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
});
export type AlertAction = Static<typeof AlertAction>;

/** What `PUT /api/settings` takes: how a detector is set for new runs, of one project or of all. */
export const ScopedSetting = Type.Object({
  ...SettingRequest.properties,
  /** Left out: all projects. */
  project: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
});
export type ScopedSetting = Static<typeof ScopedSetting>;

export const WebhookShape = Type.Union([
  Type.Literal('json'),
  Type.Literal('slack'),
  Type.Literal('discord'),
  Type.Literal('ntfy'),
]);
export type WebhookShape = Static<typeof WebhookShape>;

/** What `POST /api/webhooks` takes. */
export const WebhookRequest = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 80, pattern: '^[^\\u0000-\\u001f\\u007f]+$' }),
  /** http or https. */
  url: Type.String({ minLength: 1, maxLength: 2_000 }),
  shape: WebhookShape,
  /** Signs what is sent; never shown again. */
  secret: Type.Optional(Type.String({ minLength: 8, maxLength: 200 })),
});
export type WebhookRequest = Static<typeof WebhookRequest>;

/** A webhook as it may be shown: without its secret, and without the part of its address that is one. */
export interface WebhookView {
  readonly id: string;
  readonly name: string;
  readonly shape: WebhookShape;
  /** "https://hooks.example/…7f3a". */
  readonly address: string;
  readonly signed: boolean;
  readonly enabled: boolean;
  /** How the latest delivery went; null before the first. */
  readonly last: { readonly time: number; readonly ok: boolean; readonly message: string } | null;
}
