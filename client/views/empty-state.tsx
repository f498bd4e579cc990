import type { JSX } from 'preact';

const PYTHON = `import tidemark

with tidemark.init(project="digits", name="first") as run:
    for step in range(1000):
        run.log({"train/loss": train_step()}, step=step)`;

const TYPESCRIPT = `import { init } from 'tidemark';

const run = init({ project: 'digits', name: 'first' });
for (let step = 0; step < 1000; step++)
  run.log({ 'train/loss': trainStep() }, { step });
await run.finish();`;

/** What to do while no trainer has been heard of. */
export function EmptyState(): JSX.Element {
  const address = location.origin;
  return (
    <main class="empty" data-testid="empty">
      <p class="eyebrow">Low tide</p>
      <h1>No run yet. This page fills by itself as soon as one logs.</h1>
      <div class="snippets">
        <section>
          <h2>Python</h2>
          <pre tabIndex={0}>
            <code>{PYTHON}</code>
          </pre>
        </section>
        <section>
          <h2>TypeScript</h2>
          <pre tabIndex={0}>
            <code>{TYPESCRIPT}</code>
          </pre>
        </section>
      </div>
      <p>
        Trainers send to <code>{address}</code>. To see four real trainings at once, one of them overfitting,
        one diverging, run <code>npm run demo</code>.
      </p>
    </main>
  );
}
