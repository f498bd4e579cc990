import type { Entry, Reader } from '../entry.ts';
import { hparamsIn } from './hparams.ts';
import { PointsBuilder } from '../points.ts';
import { PlainEvents } from './plain-events.ts';
import { BYTES, Fields, varintAt } from './protobuf.ts';
import { Tags } from './tags.ts';
import { scalarOf } from './tensor.ts';
import { readTfRecords } from './tf-records.ts';

/**
 * Reads TensorBoard event files: scalars in the old style (`simple_value`) and the new (a tensor of the plugin
 * `scalars`), and the hyper-parameters of the plugin `hparams`. Images, histograms, graphs and text are passed over.
 * Scalars come as points, each with the wall time it was written with.
 *
 * Fields by number, from TensorBoard's event.proto and summary.proto: Event 1 wall_time, 2 step, 5 summary;
 * Summary 1 value; Value 1 tag, 2 simple_value, 8 tensor, 9 metadata; SummaryMetadata 1 plugin_data; PluginData
 * 1 plugin_name, 2 content.
 * @param prefix put before every tag that does not have it: of a Keras sub-folder
 */
export function eventsReader(prefix = ''): Reader {
  const tags = new Tags(prefix);
  const points = new PointsBuilder(tags.names);
  const plain = new PlainEvents(tags, points);
  /** The plugin of each tag: some writers say it only once. */
  const plugins = new Map<string, string>();

  const value = (summary: Fields, step: number, time: number, take: (entry: Entry) => void): void => {
    let tag = '';
    let number = NaN;
    let found = false;
    let tensor: Fields | null = null;
    let plugin: string | undefined;
    let content: Buffer | null = null;
    const fields = summary.inside();
    while (fields.next()) {
      if (fields.number === 1) tag = fields.text;
      else if (fields.number === 2) {
        number = fields.float;
        found = true;
      } else if (fields.number === 8) tensor = fields.inside();
      else if (fields.number === 9) ({ plugin, content } = pluginIn(fields.inside()));
    }
    if (plugin === undefined) plugin = plugins.get(tag);
    else plugins.set(tag, plugin);
    if (plugin === 'hparams' && content) {
      const entry = hparamsIn(content, tag);
      if (entry) take(entry);
      return;
    }
    if (!found && tensor && (plugin === 'scalars' || plugin === undefined)) {
      const scalar = scalarOf(tensor);
      if (scalar !== null) [number, found] = [scalar, true];
    }
    if (found && tag !== '' && step >= 0) points.add(tags.seriesOf(tag), step, time > 0 ? time : NaN, number);
  };

  const event = (bytes: Buffer, from: number, to: number, take: (entry: Entry) => void): void => {
    let time = 0;
    let step = 0;
    const fields = new Fields(bytes, from, to);
    let summary: Fields | null = null;
    while (fields.next()) {
      if (fields.number === 1) time = fields.double;
      else if (fields.number === 2) step = varintAt(bytes, fields.from, fields.to);
      else if (fields.number === 5 && fields.wire === BYTES) summary = fields.inside();
    }
    while (summary?.next()) if (summary.number === 1) value(summary, step, time, take);
  };

  return {
    read(bytes, take) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      try {
        return readTfRecords(view, (from, to) => {
          if (!plain.take(bytes, view, from, to)) event(bytes, from, to, take);
        });
      } finally {
        // What is before a damaged record counts.
        const read = points.take();
        if (read) take(read);
      }
    },
  };
}

function pluginIn(metadata: Fields): { plugin: string | undefined; content: Buffer | null } {
  let plugin: string | undefined;
  let content: Buffer | null = null;
  while (metadata.next()) {
    if (metadata.number !== 1) continue;
    const data = metadata.inside();
    while (data.next()) {
      if (data.number === 1) plugin = data.text;
      else if (data.number === 2) content = data.bytes.subarray(data.from, data.to);
    }
  }
  return { plugin, content };
}
