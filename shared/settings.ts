import Type, { type Static } from 'typebox';

/** What `PUT /api/runs/RUN/settings` takes: how a detector is set for the run, from here on. */
export const SettingRequest = Type.Object({
  detector: Type.String({ maxLength: 64 }),
  enabled: Type.Optional(Type.Boolean()),
  parameters: Type.Optional(Type.Record(Type.String(), Type.Number())),
});
export type SettingRequest = Static<typeof SettingRequest>;
