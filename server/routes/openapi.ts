import { READS } from '../../shared/queries.ts';
import { VERSION } from '../version.ts';

/** The reading part of the HTTP API as an OpenAPI 3.1 document; its schemas are the ones that requests are checked by. */
export function openApi(): object {
  const paths = Object.entries(READS).map(([path, { summary, query }]) => {
    const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string' },
    }));
    const { required = [] } = query as { required?: readonly string[] };
    const parameters = Object.entries(query.properties).map(([name, schema]) => ({
      name,
      in: 'query',
      required: required.includes(name),
      schema: JSON.parse(JSON.stringify(schema)) as object,
    }));
    const get = {
      summary,
      parameters: [...inPath, ...parameters],
      responses: { 200: { description: summary }, default: { description: 'A fault; see docs/protocol.md' } },
    };
    return [path.replaceAll(/:(\w+)/g, '{$1}'), { get }];
  });
  return {
    openapi: '3.1.0',
    info: { title: 'Tidemark', version: VERSION },
    paths: Object.fromEntries(paths) as object,
  };
}
