import 'uplot/dist/uPlot.min.css';
import './early.ts';
import './styles.css';
import './styles/charts.css';
import './styles/deleted.css';
import './styles/embed.css';
import './styles/travel.css';

// The page's script may be gone where the server was replaced since it answered.
import('./main.tsx').catch((error: unknown) => {
  const root = document.getElementById('app');
  if (root) root.textContent = 'The page could not be loaded. Load it again.';
  throw error;
});
