import { DEFAULTS } from '../config.ts';
import { FOLDER_HELP } from '../folder/help.ts';
import { QUIET_MINUTES } from '../tail/quiet.ts';
import { VERSION } from '../version.ts';

export const HELP = `Tidemark ${VERSION}: watches deep-learning training and says what is wrong while it happens.

Usage: tidemark [command] [options]

Commands
  serve        take in runs and show them (the default)
  demo         serve, where nobody does yet, and train four small networks to look at
  diagnose PATH…
               say what is wrong with recorded runs: .jsonl files of Tidemark
               lines, .csv files with a step or epoch column, folders of them,
               or the data folder of a server; and what other tools
               write, as watch reads it
  watch DIR…   follow what other tools write below these folders, live:
               TensorBoard event files, Lightning's metrics.csv, Keras'
               CSVLogger, YOLO's results.csv, Hugging Face's
               trainer_state.json, .wandb files, CSV and JSON lines
  pipe         follow what a training prints: python train.py | tidemark pipe
  backtest PATH…
               replay recorded runs under several settings of a detector and
               say what came of each

${FOLDER_HELP}
Options of serve and demo
  --port N     port to serve on, 0 for any free one       (default ${DEFAULTS.port})
  --host ADDR  address to bind to; other than loopback
               it asks for tokens, which it prints         (default ${DEFAULTS.host})
  --data DIR   folder that keeps everything                (default ${DEFAULTS.data})
  --segment MB journal after which it is sealed in chunks   (default 64)
  --config F   JSON that sets detectors, for all runs or those of a project,
               and quotas by token
  --embed URL  origin whose pages may show this one in a frame, as
               https://wiki.example; may be given several times (default: none)
  --log LEVEL  JSON lines on standard error: silent, error, warn, info, debug
               or trace; other warnings are among them    (default: errors only)
  --watch DIR  follow a folder, as watch does; may be given several times
Options of watch and pipe
  --server URL the server (default TIDEMARK_URL, else http://127.0.0.1:${DEFAULTS.port});
               its token, where it asks for one, is TIDEMARK_TOKEN
  --quiet MIN  minutes without news after which a run is over  (default ${QUIET_MINUTES})
  --once       read what there is, and end
  --project P  --name N    the names of a piped run
Options of demo
  --url URL    use a server that runs elsewhere
Options of diagnose
  --json       one JSON object a line: each finding, then the verdict of each run
  --fail-on L  exit with 1 for a finding of this severity or worse:
               info, warning, critical or never             (default critical)

Options of backtest
  --detector D the detector whose first finding stops a run (default best-epoch)
  --set P=A,B  a parameter's values; several make every combination
  --run ID     only this run; may be given several times
  --labels F   CSV of run,stop: whether stopping a run is right (true or false)
  --json       one JSON object a line for each setting

  -h, --help   this text        -v, --version   the version
`;
