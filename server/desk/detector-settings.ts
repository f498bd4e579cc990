import type { ScopedSetting } from '../../shared/desk.ts';
import type { Setting } from '../pipeline/input.ts';
import { checkParameters } from '../settings/setting.ts';
import { type Document, openDocument } from './document.ts';

/** How people set detectors for new runs, of all projects and of single ones; each by the detector's name. */
export interface KeptSettings {
  readonly all: Readonly<Record<string, Setting>>;
  readonly projects: Readonly<Record<string, Readonly<Record<string, Setting>>>>;
}

export interface DetectorSettings {
  readonly content: KeptSettings;
  /** Those for a new run of the project, the ones for all before the project's own. */
  forProject(project: string): readonly Setting[];
  /** Resolves when it is kept. @throws BadSetting when there is no such detector or parameter, or no such value */
  set(setting: ScopedSetting): Promise<void>;
}

export async function openDetectorSettings(path: string): Promise<DetectorSettings> {
  const kept: Document<KeptSettings> = await openDocument(path, { all: {}, projects: {} });
  const of = (project: string) =>
    Object.hasOwn(kept.content.projects, project) ? kept.content.projects[project] : {};
  return {
    get content() {
      return kept.content;
    },
    forProject: (project) => [...Object.values(kept.content.all), ...Object.values(of(project))],
    set: async ({ project, detector, enabled, parameters = {} }) => {
      const checked = checkParameters(detector, parameters);
      await kept.change(({ all, projects }) => {
        if (project === undefined) return { all: added(all, detector, enabled, checked), projects };
        const own = added(of(project), detector, enabled, checked);
        // Own keys only, so that a project may be named like anything.
        return { all, projects: Object.fromEntries([...Object.entries(projects), [project, own]]) };
      });
    },
  };
}

/** The settings with one more; parameters it leaves out stay as they were. */
function added(
  settings: Readonly<Record<string, Setting>>,
  detector: string,
  enabled: boolean | undefined,
  parameters: Readonly<Record<string, number>>,
): Record<string, Setting> {
  const before = Object.hasOwn(settings, detector) ? settings[detector] : undefined;
  const setting: Setting = {
    detector,
    ...((enabled ?? before?.enabled) !== undefined && { enabled: enabled ?? before!.enabled! }),
    parameters: { ...before?.parameters, ...parameters },
  };
  return { ...settings, [detector]: setting };
}
