/** What the page loads late, for it can do without until its first chart is there: see load-late.ts. */
export { Alerts } from './views/alerts.tsx';
export { AlertCentre } from './views/alert-centre.tsx';
export { Compare } from './views/compare.tsx';
export { Detectors } from './views/detectors.tsx';
export { EditRun } from './views/edit-run.tsx';
export { EmptyState } from './views/empty-state.tsx';
export { Findings } from './views/findings.tsx';
export { KeySheet } from './views/key-sheet.tsx';
export { RunList } from './views/run-list.tsx';
export { RunsTable } from './views/runs-table.tsx';
export { Settings } from './views/settings.tsx';
export { TimeTravel } from './views/time-travel.tsx';
export { TokenForm } from './views/token-form.tsx';
export { ChooseStop } from './parts/choose-stop.tsx';
export { ExportEntries } from './parts/export-entries.tsx';
export { ShareEntries } from './parts/share-entries.tsx';
