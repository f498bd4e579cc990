import type { RunState } from '../../../shared/frames.ts';
import type { Answer, Ask } from '../../api.ts';
import { plural } from '../../format.ts';

/** Which runs a setting is for. */
export type Scope = 'run' | 'project' | 'all';

export const SCOPES: Readonly<Record<Scope, string>> = {
  run: 'From here on, for this run',
  project: 'For the runs of the project that train, and for new ones',
  all: 'For all runs that train, and for new ones',
};

/** Sets a detector for a run, the runs of its project, or all; the answer counts the runs that train. */
export function send(
  ask: Ask,
  run: RunState,
  detector: string,
  body: object,
  scope: Scope,
): Promise<Answer<{ runs?: number }>> {
  if (scope === 'run')
    return ask('PUT', `runs/${encodeURIComponent(run.run)}/settings`, { detector, ...body });
  return ask('PUT', 'settings', { detector, ...body, ...(scope === 'project' && { project: run.project }) });
}

export function doneText(detector: string, scope: Scope, run: RunState, runs = 0): string {
  if (scope === 'run') return `${detector} is set for this run, from here on`;
  const where = scope === 'project' ? `project ${run.project}` : 'all projects';
  return `${detector} is set for ${where}: new runs, and ${plural(runs, 'run')} that ${runs === 1 ? 'trains' : 'train'}`;
}
