import type { WebhookShape } from '../../shared/desk.ts';
import type { Finding } from '../../shared/finding.ts';

/** What is told of an alert. */
export interface Notice {
  readonly event: 'opened' | 'resolved' | 'test';
  /** The run's name as people see it. */
  readonly runName: string;
  readonly project: string;
  readonly finding: Pick<
    Finding,
    'id' | 'run' | 'detector' | 'severity' | 'title' | 'step' | 'epoch' | 'evidence' | 'advice' | 'time'
  >;
}

export interface Message {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

const JSON_TYPE = { 'content-type': 'application/json' };

/** Characters of a text that the services take at the least. */
const LONGEST = 1_800;

/** A notice as a service takes it: generic JSON, Slack's and Discord's incoming webhooks, or an ntfy topic. */
export function messageOf(notice: Notice, shape: WebhookShape): Message {
  const { event, runName, project, finding } = notice;
  const { title, severity, advice } = finding;
  const head = `${event === 'resolved' ? 'Resolved: ' : ''}${runName}: ${title}`;
  const text = [head, `${project} · ${severity} · step ${finding.step}`, ...advice.slice(0, 1)]
    .join('\n')
    .slice(0, LONGEST)
    // Half of a pair is no text, and a service may refuse all of it.
    .replace(/[\uD800-\uDBFF]$/, '');
  switch (shape) {
    case 'json':
      return {
        body: JSON.stringify({ event, run: { name: runName, project }, finding }),
        headers: JSON_TYPE,
      };
    case 'slack':
      return { body: JSON.stringify({ text: slackText(text) }), headers: JSON_TYPE };
    case 'discord':
      // Nothing in a run's name is to call people.
      return { body: JSON.stringify({ content: text, allowed_mentions: { parse: [] } }), headers: JSON_TYPE };
    case 'ntfy':
      return {
        body: text,
        headers: {
          'content-type': 'text/plain; charset=utf-8',
          // A header takes no letters beyond Latin-1, and no line breaks.
          title: `Tidemark: ${severity}`,
          priority: event === 'resolved' ? 'low' : severity === 'critical' ? 'urgent' : 'default',
          tags:
            event === 'resolved'
              ? 'white_check_mark'
              : severity === 'critical'
                ? 'rotating_light'
                : 'warning',
        },
      };
  }
}

/** Slack reads `<…>` as links and mentions. */
function slackText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
