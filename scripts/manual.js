// Renders the README and docs/ as pages beside the built page, so that what a finding links to is there offline.
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { Marked } from 'marked';
import { gfmHeadingId } from 'marked-gfm-heading-id';

/**
 * @param {string} root the project's folder
 * @param {string} into where the pages are put: `index.html` for the README, and one for each of docs/
 */
export function manual(root, into) {
  const pages = readdirSync(join(root, 'docs'), { recursive: true }).filter((name) => name.endsWith('.md'));
  mkdirSync(into, { recursive: true });
  for (const folder of ['pictures', 'screenshots'])
    cpSync(join(root, 'docs', folder), join(into, folder), { recursive: true });
  writeFileSync(join(into, 'manual.css'), readFileSync(join(root, 'client/manual.css')));
  const titles = new Map(
    pages.map((name) => [name, titleOf(readFileSync(join(root, 'docs', name), 'utf8'))]),
  );
  const write = (from, name) => {
    const text = readFileSync(join(root, from), 'utf8');
    const up = relative(dirname(name), '.') || '.';
    const target = join(into, name.replace(/\.md$/, '.html'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, page(titleOf(text), up, titles, render(text, from)));
  };
  write('README.md', 'index.md');
  for (const name of pages) write(join('docs', name), name);
}

function titleOf(text) {
  return /^# (.+)$/m.exec(text)?.[1] ?? 'Tidemark';
}

function render(text, from) {
  const marked = new Marked(gfmHeadingId());
  marked.use({
    renderer: {
      link({ href, tokens }) {
        const text = this.parser.parseInline(tokens);
        const target = here(href, from);
        // Sources are not served: what is said of them stays, without a link.
        return target === null ? text : `<a href="${escape(target)}">${text}</a>`;
      },
      image({ href, text }) {
        return `<img src="${escape(here(href, from))}" alt="${escape(text)}">`;
      },
    },
  });
  // Wide tables scroll by themselves; the page does not.
  return marked
    .parse(text)
    .replaceAll('<table>', '<div class="wide"><table>')
    .replaceAll('</table>', '</table></div>');
}

/** Where a link of the sources leads among the pages; null for a file that is not one. Other hosts and anchors stay. */
function here(href, from) {
  if (/^([a-z]+:|#)/.test(href)) return href;
  const [path, anchor] = href.split('#');
  const source = join(dirname(from), path);
  if (source !== 'README.md' && !source.startsWith(join('docs', '/'))) return null;
  const target = source === 'README.md' ? 'index.md' : relative('docs', source);
  const place = from === 'README.md' ? '.' : dirname(relative('docs', from));
  const link = relative(place, target).replaceAll('\\', '/').replace(/\.md$/, '.html');
  return anchor === undefined ? link : `${link}#${anchor}`;
}

function page(title, up, titles, body) {
  const links = [...titles].map(
    ([name, text]) => `<li><a href="${up}/${name.replace(/\.md$/, '.html')}">${escape(text)}</a></li>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(title)} · Tidemark</title>
<link rel="icon" href="${up}/../favicon.svg">
<link rel="stylesheet" href="${up}/manual.css">
</head>
<body>
<nav aria-label="Manual"><a href="${up}/../">Tidemark</a><ul><li><a href="${up}/index.html">Start</a></li>${links.join('')}</ul></nav>
<main>
${body}</main>
</body>
</html>
`;
}

function escape(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;').replaceAll('`', '');
}
