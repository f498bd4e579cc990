import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfigFile } from '../../../server/settings/config-file.ts';
import { temporaryFolder } from '../../support/server.ts';

let folder: ReturnType<typeof temporaryFolder>;
let path: string;
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder.path, 'tidemark.json');
});
afterEach(() => folder.remove());
const read = (text: string) => {
  writeFileSync(path, text);
  return readConfigFile(path);
};

describe('the configuration file', () => {
  it('sets detectors for all runs, and further for those of a project', async () => {
    const settings = await read(
      '{"detectors":{"plateau":{"enabled":false}},"projects":{"digits":{"detectors":{"gap":{"min_delta":0.1}}}}}',
    );
    const plateau = { detector: 'plateau', enabled: false, parameters: {} };
    expect(settings('other')).toEqual([plateau]);
    expect(settings('digits')).toEqual([plateau, { detector: 'gap', parameters: { minDelta: 0.1 } }]);
  });

  it.each([
    ['{', 'must be JSON'],
    ['[]', 'file: must be an object, got []'],
    ['{"detector":{}}', 'key: must be detectors, projects or quotas, got detector'],
    ['{"detectors":{"gap":5}}', 'detectors/gap: must be an object, got 5'],
    ['{"detectors":{"gop":{}}}', 'detector: must be one of'],
    ['{"detectors":{"gap":{"enabled":"no"}}}', 'detectors/gap/enabled: must be true or false, got no'],
    ['{"detectors":{"gap":{"share":"0.5"}}}', 'detectors/gap/share: must be a number, got 0.5'],
    ['{"detectors":{"gap":{"share":5}}}', 'gap: share: must be a number from 0 to 1, got 5'],
    ['{"projects":{"p":{"detectors":{"gap":{"x":1}}}}}', 'gap: parameter: must be one of'],
  ])('%s is refused with the file and the field', async (text, message) => {
    await expect(read(text)).rejects.toThrow(path);
    await expect(read(text)).rejects.toThrow(message);
  });
});
