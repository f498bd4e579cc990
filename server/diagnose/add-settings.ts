import { factsOf } from '../facts.ts';
import { locate } from '../tail/locate.ts';
import { leftOutOf, settingsBeside } from '../tail/settings-beside.ts';
import type { Recording } from './recording.ts';

/**
 * Adds to a run what its tool has put beside the log (`hparams.yaml`, `args.yaml`), as `tidemark watch` does. What the
 * log says itself comes later, and stands.
 * @param path the log, or the folder of several
 */
export async function addSettings(recording: Recording, path: string): Promise<Recording> {
  const home = locate(path)?.home ?? path;
  // A file that is a run by itself may have the settings of others beside it.
  const isRun = home === path && locate(path) !== null;
  const config = isRun ? null : await settingsBeside(home);
  if (config === null) return recording;
  const { run, inputs, remarks } = recording;
  const facts = factsOf(config);
  const trouble = leftOutOf(config);
  return {
    ...recording,
    inputs: facts ? [{ kind: 'facts', run, facts }, ...inputs] : inputs,
    remarks: trouble === null ? remarks : [...remarks, trouble],
  };
}
