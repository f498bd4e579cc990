import { join } from 'node:path';
import { type DetectorSettings, openDetectorSettings } from './detector-settings.ts';
import { type Marks, openMarks } from './alert-marks.ts';
import { openWebhooks, type Webhooks } from './webhooks.ts';

/** What people keep at the server beside the runs, each in a file of its own in the data folder. */
export interface Desk {
  /** How detectors are set for new runs. */
  readonly settings: DetectorSettings;
  /** What was said of alerts. */
  readonly marks: Marks;
  readonly webhooks: Webhooks;
}

/** @param folder the data folder, which the caller holds. @throws when one of the files is damaged */
export async function openDesk(folder: string, now: () => number): Promise<Desk> {
  return {
    settings: await openDetectorSettings(join(folder, 'settings.json')),
    marks: await openMarks(join(folder, 'alerts.json')),
    webhooks: await openWebhooks(join(folder, 'webhooks.json'), { now }),
  };
}
