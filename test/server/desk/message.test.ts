import { expect, it } from 'vitest';
import { messageOf, type Notice } from '../../../server/desk/message.ts';
import { aFinding } from '../../browser/support/scenes.ts';

const notice = (more: Partial<Notice> = {}): Notice => ({
  event: 'opened',
  runName: 'lr 3',
  project: 'digits',
  finding: aFinding('f', 'r', { title: 'Loss has <run> away', advice: ['Lower it', 'Clip'] }),
  ...more,
});

it('is the whole finding as generic JSON', () => {
  const { body, headers } = messageOf(notice(), 'json');
  expect(headers['content-type']).toBe('application/json');
  expect(JSON.parse(body)).toMatchObject({
    event: 'opened',
    run: { name: 'lr 3', project: 'digits' },
    finding: { id: 'f', run: 'r', severity: 'critical', advice: ['Lower it', 'Clip'] },
  });
});

it('is text that Slack takes for no link or mention', () => {
  const { text } = JSON.parse(messageOf(notice({ runName: '<!channel> & co' }), 'slack').body) as {
    text: string;
  };
  expect(text).toContain('&lt;!channel&gt; &amp; co: Loss has &lt;run&gt; away');
});

it('is text in which Discord calls nobody', () => {
  expect(JSON.parse(messageOf(notice({ runName: '@everyone' }), 'discord').body)).toMatchObject({
    allowed_mentions: { parse: [] },
  });
});

it('is plain text for ntfy, with headers that any name leaves whole', () => {
  const { body, headers } = messageOf(notice({ runName: 'läuft\r\nx: 1', event: 'resolved' }), 'ntfy');
  expect(body).toMatch(/^Resolved: läuft/);
  for (const value of Object.values(headers)) expect(value).toMatch(/^[\x20-\x7e]+$/);
});

it.each([0, 1])('is cut between letters where it is too long, %i letters on', (more) => {
  const finding = aFinding('f', 'r', { title: 'x'.repeat(more), advice: ['😀'.repeat(2_000)] });
  const { content } = JSON.parse(messageOf(notice({ finding }), 'discord').body) as { content: string };
  expect(content).not.toMatch(/[\uD800-\uDBFF]$/);
  expect(content.length).toBeGreaterThanOrEqual(1_799);
});
