import { changesPage } from './page';

/** Prints `docs/changes.md`; `npm run generate` writes it. */

process.stdout.write(changesPage());
