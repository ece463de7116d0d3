// Measures both kinds of bank: see banks.ts.
import { runBundled } from './bundled.mjs';

await runBundled('banks');
