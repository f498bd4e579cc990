import { readFile } from 'node:fs/promises';
import type { Setting } from '../pipeline/input.ts';
import { BadSetting, checkParameters, detectorFactory } from './setting.ts';

/** How detectors are set for the runs of each project: what the configuration file says. */
export type ProjectSettings = (project: string) => readonly Setting[];

export const NO_SETTINGS: ProjectSettings = () => [];

/**
 * Reads the configuration file, for all runs and for those of single projects:
 *
 *     { "detectors": { "plateau": { "enabled": false } },
 *       "projects": { "digits": { "detectors": { "best-epoch": { "patience": 20 } } } } }
 *
 * A project's setting of a detector is added to the one for all.
 * @throws when the file cannot be read, is not such JSON, or sets what cannot be set
 */
export async function readConfigFile(path: string): Promise<ProjectSettings> {
  const text = await readFile(path, 'utf8');
  const refuse = (field: string, rule: string, value: unknown): never => {
    throw new Error(`${path}: ${new BadSetting(field, rule, value).message}`);
  };
  const object = (value: unknown, field: string): Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : refuse(field, 'an object', value);

  const settingsIn = (section: Record<string, unknown>, place: string): Setting[] =>
    Object.entries(object(section.detectors ?? {}, `${place}detectors`)).map(([detector, given]) => {
      const field = `${place}detectors/${detector}`;
      const { enabled, ...numbers } = object(given, field);
      if (enabled !== undefined && typeof enabled !== 'boolean')
        refuse(`${field}/enabled`, 'true or false', enabled);
      for (const [name, value] of Object.entries(numbers)) {
        if (typeof value !== 'number') refuse(`${field}/${name}`, 'a number', value);
      }
      try {
        detectorFactory(detector);
        const parameters = checkParameters(detector, numbers as Record<string, number>);
        return { detector, parameters, ...(typeof enabled === 'boolean' && { enabled }) };
      } catch (error) {
        throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
      }
    });

  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new Error(`${path}: must be JSON (${(error as Error).message})`, { cause: error });
  }
  const root = object(content, 'file');
  for (const key of Object.keys(root)) {
    // What stands under quotas is read by quotas.ts.
    if (key !== 'detectors' && key !== 'projects' && key !== 'quotas')
      refuse('key', 'detectors, projects or quotas', key);
  }
  const all = settingsIn(root, '');
  const projects = new Map(
    Object.entries(object(root.projects ?? {}, 'projects')).map(([project, section]) => {
      const place = `projects/${project}/`;
      return [project, settingsIn(object(section, `projects/${project}`), place)];
    }),
  );
  return (project) => [...all, ...(projects.get(project) ?? [])];
}
